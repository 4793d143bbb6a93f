/* Ethereum's execution-apis tests: their chain is imported and each recorded request replayed. A case whose
 * comment has `speconly` is compared by shape. */
#define _GNU_SOURCE
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/genesis.h"
#include "node/node.h"
#include "rpc/rpc.h"

enum { MOST_CASES = 1024, ANSWER_BYTES = 64 << 20 };

static rpc *server;
static node *chain;
static arena memory;
static char *answer_memory;
static size_t passed, failed;

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    data[*size] = 0;
    fclose(file);
    return data;
}

static json_t *ask(const char *request)
{
    rpc_writer w;
    rpc_writer_init(&w, answer_memory, ANSWER_BYTES);
    rpc_exchange exchange = {.memory = &memory, .out = &w};
    rpc_answer(server, &exchange, request, strlen(request));
    return json_loadb(w.data, w.size_bytes, JSON_DECODE_ANY, NULL);
}

/* As the specification would have it: the same kinds of values, the members that are expected and no others
 * missing. */
static bool same_shape(const json_t *want, const json_t *got)
{
    if (json_is_null(want) || json_is_null(got))
        return json_is_null(want) && json_is_null(got);
    if (json_is_boolean(want) || json_is_number(want))
        return json_is_boolean(want) == json_is_boolean(got) && json_is_number(want) == json_is_number(got);
    if (json_is_string(want)) {
        const char *a = json_string_value(want), *b = json_string_value(got);
        return b != NULL && (strncmp(a, "0x", 2) == 0) == (strncmp(b, "0x", 2) == 0);
    }
    if (json_is_array(want)) {
        if (!json_is_array(got) || (json_array_size(want) == 0) != (json_array_size(got) == 0))
            return false;
        for (size_t i = 0; i < json_array_size(want) && i < json_array_size(got); i++)
            if (!same_shape(json_array_get(want, i), json_array_get(got, i)))
                return false;
        return true;
    }
    const char *key;
    json_t *value;
    if (!json_is_object(got))
        return false;
    json_object_foreach((json_t *)want, key, value) {
        if (strcmp(key, "deleteStrategy") == 0)
            continue; /* optional */
        /* Names that are data: the pool there held what other cases had sent. */
        if (strncmp(key, "0x", 2) == 0 && json_object_get(got, key) == NULL && json_object_size(got) > 0)
            continue;
        if (json_object_get(got, key) == NULL || !same_shape(value, json_object_get(got, key)))
            return false;
    }
    return true;
}

static void run_case(const char *folder, const char *method, const char *name)
{
    char path[1024], id[512];
    size_t size;
    snprintf(path, sizeof path, "%s/%s/%s", folder, method, name);
    snprintf(id, sizeof id, "%s/%.*s", method, (int)(strlen(name) - 3), name);
    char *text = read_whole(path, &size), *rest = text, *line;
    assert_non_null(text);
    bool shape = strstr(text, "speconly") != NULL, fine = true;
    json_t *got = NULL;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (strncmp(line, ">> ", 3) == 0) {
            json_decref(got);
            got = ask(line + 3);
        } else if (strncmp(line, "<< ", 3) == 0) {
            json_t *want = json_loads(line + 3, JSON_DECODE_ANY, NULL);
            assert_non_null(want);
            bool same = got != NULL && (shape ? same_shape(want, got) : json_equal(want, got));
            if (!same && getenv("RPC_SHOW") != NULL && strstr(id, getenv("RPC_SHOW")) != NULL) {
                char *said = json_dumps(got, JSON_SORT_KEYS | JSON_COMPACT);
                char *wanted = json_dumps(want, JSON_SORT_KEYS | JSON_COMPACT);
                fprintf(stderr, "want %s\ngot  %s\n", wanted, said == NULL ? "nothing" : said);
                free(said);
                free(wanted);
            }
            fine = fine && same;
            json_decref(want);
        }
    }
    json_decref(got);
    free(text);
    passed += fine;
    failed += !fine;
    if (!fine)
        print_message("%s: FAILS\n", id);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static size_t list(char **names, const char *folder, const char *ending)
{
    DIR *d = opendir(folder);
    size_t count = 0;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        size_t size = strlen(e->d_name), tail = strlen(ending);
        if (e->d_name[0] != '.' && size >= tail && strcmp(e->d_name + size - tail, ending) == 0 &&
            count < MOST_CASES)
            names[count++] = strdup(e->d_name);
    }
    if (d != NULL)
        closedir(d);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static void test_recorded_requests(void **unused)
{
    (void)unused;
    char folder[600], path[1024];
    const char *root = getenv("ASHLAR_FIXTURES");
    snprintf(folder, sizeof folder, "%.500s/execution_apis", root == NULL ? "../shared/fixtures" : root);
    if (access(folder, R_OK) != 0) {
        print_message("skipped: no fixtures at %s; set ASHLAR_FIXTURES to a folder whose execution_apis/ "
                      "has tests/ of "
                      "ethereum/execution-apis\n", folder);
        skip();
    }
    size_t size;
    arena genesis_memory;
    chain_genesis genesis;
    arena_open(&genesis_memory, (size_t)1 << 30);
    arena_open(&memory, (size_t)16 << 30);
    answer_memory = malloc(ANSWER_BYTES);
    snprintf(path, sizeof path, "%s/genesis.json", folder);
    assert_int_equal(genesis_read(&genesis, &genesis_memory, path), 0);
    node_options options = {.genesis = &genesis, .accepts_blobs = true};
    status s = node_open(&chain, &options);
    if (s != OK)
        fail_msg("%s: %s", status_name(s), node_error_text());
    snprintf(path, sizeof path, "%s/chain.rlp", folder);
    char *blocks = read_whole(path, &size);
    assert_non_null(blocks);
    uint64_t imported;
    chain_fault fault;
    s = node_import_file(chain, &imported, &fault, (bytes){(const uint8_t *)blocks, size});
    if (s != OK)
        fail_msg("after %llu blocks: %s", (unsigned long long)imported, status_name(s));
    assert_int_equal(imported, 54);

    rpc_options rpc_settings = rpc_options_default();
    rpc_settings.debug_methods = rpc_settings.testing_methods = true;
    server = rpc_open(chain, &rpc_settings);
    assert_non_null(server);
    static char *methods[MOST_CASES], *names[MOST_CASES];
    size_t method_count = list(methods, folder, "");
    for (size_t i = 0; i < method_count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, methods[i]);
        size_t case_count = list(names, path, ".io"), before = passed;
        for (size_t k = 0; k < case_count; k++) {
            run_case(folder, methods[i], names[k]);
            free(names[k]);
        }
        if (case_count > 0)
            print_message("%-45s %zu/%zu\n", methods[i], passed - before, case_count);
        free(methods[i]);
    }
    print_message("%zu of %zu cases pass\n", passed, passed + failed);
    rpc_close(server);
    node_close(chain);
    free(blocks);
    free(answer_memory);
    arena_close(&memory);
    arena_close(&genesis_memory);
    assert_int_equal(failed, 0);
    assert_true(passed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
