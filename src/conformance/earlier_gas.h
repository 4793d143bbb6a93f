/* The tests of EIP-8025 of execution-spec-tests zkevm@v0.3.3 were filled by an earlier draft of EIP-8037 than
 * the one whose rules are here (bal@v5.7.0): blocks in which creations fail, authorizations meet accounts or
 * transactions revert pay other gas. As such a block was filled it is not valid; what its test says of
 * witnesses can be judged all the same. */
#ifndef ASHLAR_CONFORMANCE_EARLIER_GAS_H
#define ASHLAR_CONFORMANCE_EARLIER_GAS_H

#include "conformance/fixture_run.h"

/* Whether the refusal is of the gas alone, in a test of that release: its stateless inputs have no schema's
 * id. */
bool earlier_gas_explains(fixture_reader *r, const json_t *block, status refusal);

/* The test's block, its only one, with the gas of the rules here: its execution has to read the witness that
 * the test gives, and to come to the test's verdict from that witness alone. Else the case fails; if so it is
 * counted apart, since as it stands it is no pass. */
void earlier_gas_judge(fixture_worker *w, const json_t *test);

#endif
