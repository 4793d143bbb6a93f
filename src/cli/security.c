/* `ashlar security`: the soundness of the proofs, term by term. */
#include "cli/cli.h"
