#include "serve/explorer.h"

#include "base/hex.h"
#include "crypto/keccak.h"

#include <string.h>

#define EXPLORER_FILE(name, path, file, content_type) \
    extern const uint8_t explorer_##name##_start[], explorer_##name##_end[];
#include "serve/explorer_files.def"
#undef EXPLORER_FILE

static const struct {
    const char *path, *content_type;
    const uint8_t *start, *end;
} FILES[] = {
#define EXPLORER_FILE(name, path, file, content_type) \
    {path, content_type, explorer_##name##_start, explorer_##name##_end},
#include "serve/explorer_files.def"
#undef EXPLORER_FILE
};

enum { ETAG_BYTES = 16 };

/* What contracts say is hostile: no script but the files', no text that is parsed as HTML, nothing from
 * elsewhere, no frame around it (CSP level 3, Trusted Types). */
static const char POLICY[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                             "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
                             "frame-ancestors 'none'; require-trusted-types-for 'script'; "
                             "trusted-types ashlar-verify";
/* Only the verifier's worker compiles WebAssembly. */
static const char WORKER[] = "/verify/worker.js";
static const char WORKER_POLICY[] =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    "frame-ancestors 'none'";

static const char NOT_FOUND[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not found</title>"
    "<link rel=\"stylesheet\" href=\"/style.css\"><main><h1>Not found</h1>"
    "<p>There is no such page. <a href=\"/\">To the explorer</a></p></main>\n";

bool explorer_page(void *context, const char *path, rpc_page *page)
{
    (void)context;
    page->content_security_policy = POLICY;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++)
        if (strcmp(FILES[i].path, path) == 0 && FILES[i].end > FILES[i].start) {
            if (strcmp(path, WORKER) == 0)
                page->content_security_policy = WORKER_POLICY;
            page->content_type = FILES[i].content_type;
            page->body = (bytes){FILES[i].start, (size_t)(FILES[i].end - FILES[i].start)};
            hash256 digest;
            keccak256(&digest, page->body.data, page->body.size);
            page->etag[0] = '"';
            hex_encode(page->etag + 1, digest.bytes, ETAG_BYTES);
            strcat(page->etag, "\"");
            return true;
        }
    page->code = 404;
    page->content_type = "text/html; charset=utf-8";
    page->body = (bytes){(const uint8_t *)NOT_FOUND, sizeof NOT_FOUND - 1};
    return true;
}
