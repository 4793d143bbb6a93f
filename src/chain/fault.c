#include "chain/chain.h"

const char *chain_fault_message(status why, const chain_fault *fault)
{
    if (why == UNSUPPORTED_PRECOMPILE) {
        switch (fault->precompile) {
#define PRECOMPILE(number, name, ...) \
    case number:                      \
        return "the precompile \"" name "\" (" #number "), which this version does not support, was called";
#include "evm/precompiles.def"
#undef PRECOMPILE
        default:
            break;
        }
    }
    return status_message(why);
}
