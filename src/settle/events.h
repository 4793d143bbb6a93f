/* Signatures of the events on L1 and L2 that are read, and of the calls that are made. */
#ifndef ASHLAR_SETTLE_EVENTS_H
#define ASHLAR_SETTLE_EVENTS_H

#define EVENT_ENQUEUED                                                                                   \
    "Enqueued(uint256,uint256,address,address,address,uint256,uint256,uint256,uint256,uint256,bytes)"
#define EVENT_COMMITTED "Committed(uint256,bytes32,bytes32,uint256,bytes32,uint256,uint256,address)"
#define OUTCOME_TYPE "(bytes32,bytes32,bytes32,bytes32,uint64,uint64,uint64)"
#define EVENT_PROVEN "Proven(uint256,uint256," OUTCOME_TYPE ",address,uint256)"
#define EVENT_DROPPED "Dropped(uint256,uint256)"
#define EVENT_FROZEN "Frozen(uint256)"
#define EVENT_CLAIMED "Claimed(uint256,address,address,uint256)"
#define EVENT_WITHDRAWAL                                                                                     \
    "WithdrawalInitiated(uint256,address,address,uint256,bytes,bytes32)" /* MessagePasser */

#define CALL_SEND "send(address,bool,uint256,uint64,bytes)"
#define CALL_COMMIT "commit(bytes32,bytes32,uint256,uint256,bytes)"
#define CALL_PROVE "prove(uint256,uint256," OUTCOME_TYPE "," OUTCOME_TYPE ",uint256,bytes,bytes)"
#define CALL_CLAIM                                                                                       \
    "claim(uint256," OUTCOME_TYPE ",uint256,address,address,uint256,bytes,bytes32[32])"
#define CALL_EXIT_ETH "exitETH(" OUTCOME_TYPE ",address,bytes,bytes[])"
#define CALL_EXIT_ERC20 "exitERC20(" OUTCOME_TYPE ",address,address,bytes,bytes[],bytes[],bytes[])"

#endif
