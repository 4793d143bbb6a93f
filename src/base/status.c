#include "base/status.h"

static const char *const messages[] = {
#define STATUS(name, exit_code, message) message,
#include "base/status.def"
#undef STATUS
};

static const char *const names[] = {
#define STATUS(name, exit_code, message) #name,
#include "base/status.def"
#undef STATUS
};

static const unsigned char exit_codes[] = {
#define STATUS(name, exit_code, message) exit_code,
#include "base/status.def"
#undef STATUS
};

const char *status_message(status s) { return s < STATUS_COUNT ? messages[s] : "unknown status"; }

const char *status_name(status s) { return s < STATUS_COUNT ? names[s] : "UNKNOWN"; }

int status_exit_code(status s) { return s < STATUS_COUNT ? exit_codes[s] : 1; }
