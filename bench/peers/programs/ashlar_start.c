/* The piece of work as a guest program of Ashlar. */
#include "abi/io.h"

void program_work(void);

int guest_main(void)
{
    program_work();
    return 0;
}
