// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IVerifier} from "./IVerifier.sol";
import {MerklePath} from "./MerklePath.sol";
import {Outcome, Outcomes} from "./Outcome.sol";
import {Queue} from "./Queue.sol";
import {TrieProof} from "./TrieProof.sol";
import {Verifiers} from "./Verifiers.sol";

/// @title The chain of batches on L1
/// @notice Operators commit batches; anybody proves them; what is proven is final. There are no modes to enter or to leave:
/// everything that depends on time is a condition on it. Nobody owns this contract.
/// @dev Ether that is burned stays here, in nobody's account.
contract Rollup {
    using Outcomes for Outcome;

    /// @notice Seats of operators at most.
    uint256 public constant SEATS_MAX = 16;
    /// @notice The longest data of a batch, in bytes.
    uint256 public constant DATA_MAX = 120_000;
    /// @notice Batches in one proof at most.
    uint256 public constant PROOF_MAX = 256;

    /// @notice All that differs from one deployment to another; times in seconds, amounts in wei.
    struct Config {
        uint64 l2ChainId;
        uint64 itemGas; // of the items in a batch at most
        uint128 batchBond; // with each batch; what proving the worst one costs
        uint128 stake; // of a seat
        uint128 slash; // of a fault
        uint40 slotTime; // an operator's turn
        uint40 maxLag; // how far a batch's last block may lie back
        uint40 forcedDelay; // until an item must be taken
        uint40 commitTimeout; // without a commit until anybody may
        uint40 proveWindow; // for the bond to come back
        uint40 dropDelay; // without a proof until batches go
        uint40 freezeDelay; // without a proof until the end
        uint40 stakeDelay; // from leaving until the stake comes back
        uint32 unprovenMax; // batches that are committed and not proven at most
    }

    struct Cursor {
        uint48 index;
        uint48 queueIndex;
        uint40 lastTime;
        uint40 at;
        bool frozen; // of the tip: whether all is over but claims and exits
    }

    struct Batch {
        bytes32 hash;
        address committer;
        uint40 committedAt;
        uint40 lastTime;
    }

    struct Seat {
        address operator;
        uint40 from;
        uint40 until;
    }

    struct Stake {
        uint128 amount;
        uint40 releasedAt; // meaningful where there are no seats
        uint8 seats; // that nobody has ended
    }

    struct Credit {
        uint128 bonds; // held here
        uint128 fees; // held by the Bridge
    }

    /// @notice What L1 sends.
    Queue public immutable QUEUE;
    /// @notice What holds deposits and fees.
    address public immutable BRIDGE;
    /// @notice Which proofs count.
    Verifiers public immutable VERIFIERS;
    uint256 private immutable CHAIN_IDS;

    uint64 public immutable ITEM_GAS;
    uint128 public immutable BATCH_BOND;
    uint128 public immutable STAKE;
    uint128 public immutable SLASH;
    uint40 public immutable SLOT_TIME;
    uint40 public immutable MAX_LAG;
    uint40 public immutable FORCED_DELAY;
    uint40 public immutable COMMIT_TIMEOUT;
    uint40 public immutable PROVE_WINDOW;
    uint40 public immutable DROP_DELAY;
    uint40 public immutable FREEZE_DELAY;
    uint40 public immutable STAKE_DELAY;
    uint32 public immutable UNPROVEN_MAX;
    uint256 private immutable PLACES;

    /// @notice Hash of the outcome of batch i; only of the last batch of each proof, and of 0.
    mapping(uint256 i => bytes32) public outcome;
    /// @notice The last batch that is committed.
    Cursor public tip;
    /// @notice The last batch that is proven.
    Cursor public proven;
    /// @notice Seats, in the order of turns.
    Seat[] public seats;
    /// @notice Operators' stakes.
    mapping(address operator => Stake) public stake;
    /// @notice What can be withdrawn.
    mapping(address account => Credit) public credit;
    /// @dev Batch i is in place i % PLACES: to write over a word costs a commit 17,100 gas less than to begin one. A proof may
    /// begin PROOF_MAX − 1 batches before the first that is not proven, so PLACES is UNPROVEN_MAX + PROOF_MAX.
    mapping(uint256 place => Batch) private places;

    /// @notice A batch was committed. In mode 0 its data is in the transaction's input.
    event Committed(
        uint256 indexed index,
        bytes32 indexed hash,
        bytes32 prevHash,
        uint256 mode,
        bytes32 daHash,
        uint256 lastTime,
        uint256 queueIndex,
        address indexed committer
    );
    /// @notice Batches up to `last` are final. What the outcome before `first` was says the event of the proof that stored it.
    event Proven(uint256 indexed first, uint256 indexed last, Outcome post, address indexed prover, uint256 faults);
    /// @notice A batch was proven too late for its bond.
    event Late(uint256 indexed index);
    /// @notice An operator paid for a batch that breaks the rules.
    event Slashed(address indexed operator, uint256 amount);
    /// @notice Batches after `to` are gone.
    event Dropped(uint256 from, uint256 to);
    /// @notice Nothing will be added after batch `index`.
    event Frozen(uint256 index);
    /// @notice A seat's time begins.
    event Joined(address indexed operator, uint256 indexed seat, uint256 from);
    /// @notice A seat's time ends.
    event Left(address indexed operator, uint256 indexed seat, uint256 until);

    error WrongParameters();
    error IsFrozen();
    error PreviousBatch(bytes32 expected);
    error QueueHash(bytes32 expected);
    error OnlyPlainAccounts();
    error NotTheLeader(address leader);
    error WrongAmount(uint256 expected);
    error DataLength();
    error TooManyUnproven(uint256 max);
    error QueueIndex();
    error LastTime();
    error TooMuchItemGas(uint256 max);
    error ItemOverdue(uint256 item);
    error WrongRange();
    error BlobsUnsupported();
    error UnknownOutcome(uint256 index);
    error WrongPost();
    error TwoEpochs();
    error ProofRefused();
    error TooEarly();
    error NothingToDo();
    error AllSeatsTaken();
    error OnlyBridge();

    /// @param queue what L1 sends
    /// @param verifiers which proofs count
    /// @param bridge what holds deposits and fees
    /// @param config all that differs from one deployment to another
    /// @param genesis outcome 0
    /// @dev Times of 136 years at most: what they are added to has 40 bits, also in Verifiers, whose delay is less than
    /// freezeDelay.
    constructor(Queue queue, Verifiers verifiers, address bridge, Config memory config, Outcome memory genesis) {
        if (
            config.freezeDelay <= verifiers.UPGRADE_DELAY() + 2 * uint256(config.dropDelay)
                || queue.ITEM_MAX() > config.itemGas || config.slotTime < 2 || config.maxLag == 0 || config.stake == 0
                || config.unprovenMax == 0 || config.freezeDelay > type(uint32).max
                || config.stakeDelay > type(uint32).max || config.slotTime > type(uint32).max
                || genesis.queueIndex != 0 || genesis.lastTime > block.timestamp
                || block.chainid > type(uint64).max || config.batchBond == 0
        ) revert WrongParameters();
        QUEUE = queue;
        VERIFIERS = verifiers;
        BRIDGE = bridge;
        CHAIN_IDS = (block.chainid << 64) + config.l2ChainId;
        ITEM_GAS = config.itemGas;
        BATCH_BOND = config.batchBond;
        STAKE = config.stake;
        SLASH = config.slash;
        SLOT_TIME = config.slotTime;
        MAX_LAG = config.maxLag;
        FORCED_DELAY = config.forcedDelay;
        COMMIT_TIMEOUT = config.commitTimeout;
        PROVE_WINDOW = config.proveWindow;
        DROP_DELAY = config.dropDelay;
        FREEZE_DELAY = config.freezeDelay;
        STAKE_DELAY = config.stakeDelay;
        UNPROVEN_MAX = config.unprovenMax;
        PLACES = PROOF_MAX + config.unprovenMax;
        outcome[0] = keccak256(abi.encode(genesis));
        tip = Cursor(0, 0, uint40(genesis.lastTime), uint40(block.timestamp), false);
        proven = tip;
    }

    // ---- committing -----------------------------------------------------------------------------------

    /// @notice Publishes a batch after the tip. What its bytes mean follows from them by rules that every replica and the
    /// guest program apply alike; bytes that break them cost the bond. Named predecessor and queue hash make the transaction
    /// revert, rather than build on another chain, after a reorganization of L1 or another's commit.
    /// @param prevHash hash of the tip
    /// @param queueHash the Queue's rolling hash before item `queueIndex`
    /// @param lastTime time of its last block
    /// @param queueIndex items of the Queue that are consumed after it
    /// @param data the blocks, compressed
    function commit(bytes32 prevHash, bytes32 queueHash, uint256 lastTime, uint256 queueIndex, bytes calldata data)
        external
        payable
    {
        // Replicas read the transaction's input: no code may stand between.
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert OnlyPlainAccounts();
        Cursor memory head = tip;
        if (head.frozen) revert IsFrozen();
        if (msg.value != BATCH_BOND) revert WrongAmount(BATCH_BOND);
        if (data.length == 0 || data.length > DATA_MAX) revert DataLength();
        if (uint256(head.index) - proven.index >= UNPROVEN_MAX) revert TooManyUnproven(UNPROVEN_MAX);
        bytes32 expected = places[head.index % PLACES].hash;
        if (prevHash != expected) revert PreviousBatch(expected);
        if (lastTime <= head.lastTime || lastTime > block.timestamp || lastTime + MAX_LAG < block.timestamp) {
            revert LastTime();
        }
        requireTurn(head);
        requireItems(head.queueIndex, queueIndex, queueHash, lastTime);

        uint256 index = uint256(head.index) + 1;
        bytes32 daHash = keccak256(data);
        bytes32 hash =
            keccak256(abi.encode(prevHash, index, uint256(0), daHash, lastTime, queueIndex, msg.sender));
        places[index % PLACES] = Batch(hash, msg.sender, uint40(block.timestamp), uint40(lastTime));
        tip = Cursor(uint48(index), uint48(queueIndex), uint40(lastTime), uint40(block.timestamp), false);
        emit Committed(index, hash, prevHash, 0, daHash, lastTime, queueIndex, msg.sender);
    }

    /// @dev Item rules of a commit: from storage of the Queue alone, so that nothing a stranger sends makes a commit stale.
    function requireItems(uint256 from, uint256 to, bytes32 queueHash, uint256 lastTime) private view {
        Queue.Span memory span = QUEUE.span(from, to);
        if (to < from || to > span.count) revert QueueIndex();
        if (queueHash != span.hash) revert QueueHash(span.hash);
        if (span.time > lastTime) revert LastTime();
        if (span.gas > ITEM_GAS) revert TooMuchItemGas(ITEM_GAS);
        if (to != span.count && span.nextTime + FORCED_DELAY < lastTime && span.nextGas <= ITEM_GAS) {
            revert ItemOverdue(to);
        }
    }

    /// @dev The leader of the slot; any operator, after half a slot without a commit; anybody, where all of them sleep.
    function requireTurn(Cursor memory head) private view {
        (address turn, uint256 active, bool isOperator) = seating(block.timestamp, msg.sender);
        if (turn == msg.sender || active == 0) return;
        uint256 since = block.timestamp - block.timestamp % SLOT_TIME;
        if (head.at > since) since = head.at;
        if (isOperator && block.timestamp >= since + SLOT_TIME / 2) return;
        if (!isOpenAt(head)) revert NotTheLeader(turn);
    }

    function isOpenAt(Cursor memory head) private view returns (bool) {
        if (block.timestamp > uint256(head.at) + COMMIT_TIMEOUT) return true;
        Queue.Span memory span = QUEUE.span(head.queueIndex, head.queueIndex);
        return head.queueIndex != span.count
            && block.timestamp > span.nextTime + FORCED_DELAY + MAX_LAG;
    }

    /// @notice Whether anybody may commit: nobody did for COMMIT_TIMEOUT, or an item waits longer than any operator that
    /// keeps the rules lets it.
    function isOpen() external view returns (bool) {
        return isOpenAt(tip);
    }

    // ---- proving --------------------------------------------------------------------------------------

    /// @notice Makes batches up to `last` final, by a proof from any outcome that is stored. Anybody may, at any time; a proof
    /// that overlaps what is proven is as good. Bonds of batches that were proven in time and break no rule go back; of others
    /// half goes to the prover and half is burned. The items' fees go to the prover.
    /// @param first batch of the proof
    /// @param last batch of the proof
    /// @param pre outcome before it
    /// @param post outcome after it
    /// @param faults bit i: batch first + i breaks a rule
    /// @param blobs empty in this version
    /// @param proof for the verifier of the batches' epoch
    function prove(
        uint256 first,
        uint256 last,
        Outcome calldata pre,
        Outcome calldata post,
        uint256 faults,
        bytes calldata blobs,
        bytes calldata proof
    ) external {
        Cursor memory head = tip;
        if (head.frozen) revert IsFrozen();
        if (blobs.length != 0) revert BlobsUnsupported();
        Cursor memory before = proven;
        if (
            first == 0 || first > uint256(before.index) + 1 || last <= before.index || last > head.index
                || last - first >= PROOF_MAX || faults >> (last - first + 1) != 0
        ) revert WrongRange();
        uint256 fees;
        {
            bytes32[16] memory words;
            IVerifier verifier;
            (words, verifier, fees) = output(first, last, pre, post, faults, msg.sender, before.queueIndex, head.queueIndex);
            bytes32 digest;
            // In memory the words are as in their ABI encoding: a copy would cost 1,500 gas.
            assembly ("memory-safe") {
                digest := keccak256(words, 512)
            }
            if (!verifier.check(digest, proof)) revert ProofRefused();
            outcome[last] = words[9];
        }
        proven = Cursor(
            uint48(last), uint48(post.queueIndex), uint40(post.lastTime), uint40(block.timestamp), false
        );
        returnBonds(before, first, last, faults, fees);
        emit Proven(first, last, post, msg.sender, faults);
    }

    /// @notice The sixteen words that a proof of these batches must have as its public output; a proof's digest is the hash of
    /// their ABI encoding. Reverts where no proof of them would be taken.
    /// @param first batch of the proof
    /// @param last batch of the proof
    /// @param pre outcome before it
    /// @param post outcome after it
    /// @param faults bit i: batch first + i breaks a rule
    /// @param prover who will call prove()
    function publicOutput(
        uint256 first,
        uint256 last,
        Outcome calldata pre,
        Outcome calldata post,
        uint256 faults,
        address prover
    ) external view returns (bytes32[16] memory words) {
        if (first == 0 || last < first || last > tip.index || !isStored(first - 1)) revert WrongRange();
        (words,,) = output(first, last, pre, post, faults, prover, pre.queueIndex, tip.queueIndex);
    }

    function output(
        uint256 first,
        uint256 last,
        Outcome calldata pre,
        Outcome calldata post,
        uint256 faults,
        address prover,
        uint256 settled,
        uint256 committed
    ) private view returns (bytes32[16] memory words, IVerifier verifier, uint256 fees) {
        words[8] = outcome[first - 1];
        if (words[8] != pre.hash()) revert UnknownOutcome(first - 1);
        Batch storage end = places[last % PLACES];
        if (post.lastTime != end.lastTime || post.queueIndex < settled || post.queueIndex > committed) {
            revert WrongPost();
        }
        (, Verifiers.Epoch memory epoch) = VERIFIERS.epochOf(post.lastTime);
        // A batch that is not of an earlier epoch is of this one: times grow.
        if (first != last && places[first % PLACES].lastTime < epoch.from) revert TwoEpochs();
        (verifier, words[3]) = (epoch.verifier, epoch.configHash);
        words[0] = "ASHLAR/batch/1";
        words[1] = bytes32(CHAIN_IDS);
        words[2] = bytes32(uint256(uint160(address(this))));
        words[4] = bytes32(first);
        words[5] = bytes32(last);
        words[6] = places[(first - 1) % PLACES].hash;
        words[7] = end.hash;
        words[9] = post.hash();
        (words[10], words[11], fees) = QUEUE.settlement(pre.queueIndex, settled, post.queueIndex);
        // words 12 and 13: no blobs
        words[14] = bytes32(faults);
        words[15] = bytes32(uint256(uint160(prover)));
    }

    /// @dev Credits of the batches that become proven. Runs of one committer are written once.
    function returnBonds(Cursor memory before, uint256 first, uint256 last, uint256 faults, uint256 fees) private {
        uint256 own = 0; // the prover's
        address committer = msg.sender;
        uint256 sum = 0; // the committer's
        for (uint256 i = uint256(before.index) + 1; i <= last; ++i) {
            Batch storage b = places[i % PLACES];
            (address by, uint40 at) = (b.committer, b.committedAt);
            bool fault = (faults >> (i - first)) & 1 == 1;
            uint256 since = at > before.at ? at : before.at;
            if (fault || block.timestamp > since + PROVE_WINDOW) {
                own += BATCH_BOND / 2;
                if (fault) slash(by);
                else emit Late(i);
            } else if (by == msg.sender) {
                own += BATCH_BOND;
            } else {
                if (by != committer) {
                    if (sum != 0) credit[committer].bonds += uint128(sum);
                    (committer, sum) = (by, 0);
                }
                sum += BATCH_BOND;
            }
        }
        if (sum != 0) credit[committer].bonds += uint128(sum);
        if (own != 0 || fees != 0) {
            Credit memory c = credit[msg.sender];
            c.bonds += uint128(own);
            c.fees += uint128(fees);
            credit[msg.sender] = c;
        }
    }

    /// @dev Burns SLASH of an operator's stake, and ends seats that the rest does not pay for.
    function slash(address operator) private {
        Stake memory s = stake[operator];
        if (s.amount == 0) return;
        uint128 amount = s.amount < SLASH ? s.amount : SLASH;
        s.amount -= amount;
        for (uint256 i = 0; s.amount < uint256(s.seats) * STAKE; ++i) {
            if (endSeat(i, operator)) --s.seats;
        }
        // Where seats are left, leave() sets the time anew.
        s.releasedAt = uint40(nextSlot() + STAKE_DELAY);
        stake[operator] = s;
        emit Slashed(operator, amount);
    }

    // ---- without proofs -------------------------------------------------------------------------------

    /// @notice Removes all batches that are not proven, where none was for DROP_DELAY and the first of them has been there for
    /// as long. Their bonds are burned; the items come again.
    function drop() external {
        if (tip.frozen) revert IsFrozen();
        Cursor memory before = proven;
        uint256 from = tip.index;
        if (from == before.index) revert NothingToDo();
        uint256 since = places[(uint256(before.index) + 1) % PLACES].committedAt;
        if (before.at > since) since = before.at;
        if (block.timestamp < since + DROP_DELAY) revert TooEarly();
        tip = before;
        emit Dropped(from, before.index);
    }

    /// @notice Ends the rollup for ever, where nothing was proven for FREEZE_DELAY and an item waits for as long. From then on
    /// balances leave by exits from the last outcome that is proven.
    function freeze() external {
        if (tip.frozen) revert IsFrozen();
        Cursor memory last = proven;
        Queue.Span memory span = QUEUE.span(last.queueIndex, last.queueIndex);
        if (span.count == last.queueIndex) revert NothingToDo();
        uint256 since = span.nextTime > last.at ? span.nextTime : last.at;
        if (block.timestamp < since + FREEZE_DELAY) revert TooEarly();
        tip.frozen = true;
        QUEUE.freeze();
        emit Frozen(last.index);
    }

    /// @notice Whether all is over but claims and exits.
    function frozen() external view returns (bool) {
        return tip.frozen;
    }

    /// @notice What exits are paid from: whether the rollup is frozen, the hash of the last outcome and the items consumed.
    function finality() external view returns (bool isFrozen, bytes32 last, uint256 queueIndex) {
        Cursor memory c = proven;
        return (tip.frozen, outcome[c.index], c.queueIndex);
    }

    // ---- operators ------------------------------------------------------------------------------------

    /// @notice Buys a seat for STAKE, from the next slot on. Several seats are several turns.
    function join() external payable {
        if (tip.frozen) revert IsFrozen();
        if (msg.value != STAKE) revert WrongAmount(STAKE);
        uint256 from = nextSlot();
        Seat memory seat = Seat(msg.sender, uint40(from), type(uint40).max);
        uint256 i = 0;
        while (i < seats.length && seats[i].until > block.timestamp) ++i;
        if (i == SEATS_MAX) revert AllSeatsTaken();
        if (i == seats.length) seats.push(seat);
        else seats[i] = seat;
        Stake storage s = stake[msg.sender];
        s.amount += uint128(msg.value);
        ++s.seats;
        emit Joined(msg.sender, i, from);
    }

    /// @notice Ends the sender's seats with this slot. The stake can be withdrawn STAKE_DELAY later.
    function leave() external {
        Stake storage s = stake[msg.sender];
        if (s.seats == 0) revert NothingToDo();
        s.seats = 0;
        s.releasedAt = uint40(nextSlot() + STAKE_DELAY);
        uint256 n = seats.length;
        for (uint256 i = 0; i < n; ++i) endSeat(i, msg.sender);
    }

    /// @notice Pays back the sender's stake, after it left.
    function withdrawStake() external {
        Stake memory s = stake[msg.sender];
        if (s.amount == 0) revert NothingToDo();
        if (s.seats != 0 || (block.timestamp < s.releasedAt && !tip.frozen)) revert TooEarly();
        delete stake[msg.sender];
        Address.sendValue(payable(msg.sender), s.amount);
    }

    /// @notice Pays the sender's bonds. Fees are paid by the Bridge.
    function withdrawCredit() external {
        uint256 amount = credit[msg.sender].bonds;
        if (amount == 0) revert NothingToDo();
        credit[msg.sender].bonds = 0;
        Address.sendValue(payable(msg.sender), amount);
    }

    /// @notice Takes an account's fees off its credit. Only for the Bridge, which pays them.
    /// @param account whose they are
    /// @return amount in wei
    function takeFees(address account) external returns (uint256 amount) {
        if (msg.sender != BRIDGE) revert OnlyBridge();
        amount = credit[account].fees;
        credit[account].fees = 0;
    }

    /// @notice Whose turn it is; zero where there are no seats.
    /// @param time of now or of the slot: seats that began or ended since are counted as they are now
    function leader(uint256 time) external view returns (address turn) {
        (turn,,) = seating(time, address(0));
    }

    /// @notice How many seats there were at most at one time.
    function seatCount() external view returns (uint256) {
        return seats.length;
    }

    /// @dev Of the seats that were active at the slot's start: the leader's, their number, whether one is the account's.
    function seating(uint256 time, address account)
        private
        view
        returns (address turn, uint256 active, bool isOperator)
    {
        uint256 slot = time / SLOT_TIME;
        uint256 start = slot * SLOT_TIME;
        uint256 n = seats.length;
        address[] memory operators = new address[](n);
        for (uint256 i = 0; i < n; ++i) {
            Seat memory seat = seats[i];
            if (seat.from > start || start >= seat.until) continue;
            operators[active++] = seat.operator;
            if (seat.operator == account) isOperator = true;
        }
        if (active != 0) turn = operators[slot % active];
    }

    function nextSlot() private view returns (uint256) {
        return block.timestamp - block.timestamp % SLOT_TIME + SLOT_TIME;
    }

    /// @dev Ends a seat with this slot, if it is the operator's and goes on.
    function endSeat(uint256 i, address operator) private returns (bool) {
        Seat memory seat = seats[i];
        if (seat.operator != operator || seat.until != type(uint40).max) return false;
        seats[i].until = uint40(nextSlot());
        emit Left(operator, i, nextSlot());
        return true;
    }

    // ---- views on batches -----------------------------------------------------------------------------

    /// @notice Hash of batch i, which names its predecessor's; zero where it is beyond the tip or no proof can begin after it.
    function batch(uint256 i) external view returns (bytes32) {
        return isStored(i) ? places[i % PLACES].hash : bytes32(0);
    }

    /// @notice Who committed batch i and when, and its last block's time; zeros as by batch().
    function meta(uint256 i) external view returns (address committer, uint40 committedAt, uint40 lastTime) {
        if (!isStored(i)) return (address(0), 0, 0);
        Batch storage b = places[i % PLACES];
        return (b.committer, b.committedAt, b.lastTime);
    }

    function isStored(uint256 i) private view returns (bool) {
        return i <= tip.index && i + PROOF_MAX > proven.index;
    }

    // ---- views on what is proven ----------------------------------------------------------------------

    /// @notice An account of L2 after batch i. One that is absent has exists = false and the hash of no code.
    /// @param i a batch whose outcome is stored
    /// @param post its outcome
    /// @param account the address on L2
    /// @param proof accountProof of eth_getProof
    function getAccount(uint256 i, Outcome calldata post, address account, bytes[] calldata proof)
        external
        view
        returns (TrieProof.Account memory)
    {
        requireOutcome(i, post);
        return TrieProof.account(post.stateRoot, account, proof);
    }

    /// @notice A word of storage of L2 after batch i; zero where there is none.
    /// @param i a batch whose outcome is stored
    /// @param post its outcome
    /// @param account the address on L2
    /// @param slot the word's place
    /// @param accountProof accountProof of eth_getProof
    /// @param storageProof storageProof[].proof of eth_getProof
    function getStorage(
        uint256 i,
        Outcome calldata post,
        address account,
        bytes32 slot,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external view returns (uint256) {
        requireOutcome(i, post);
        bytes32 root = TrieProof.account(post.stateRoot, account, accountProof).storageRoot;
        return TrieProof.storageAt(root, slot, storageProof);
    }

    /// @notice Whether batch b included a transaction. It may have failed there.
    /// @param i a batch whose outcome is stored, b or later
    /// @param post its outcome
    /// @param b the batch
    /// @param batchPath from the batch's root up in post.batchTree, at place b
    /// @param blockNumber of the transaction on L2
    /// @param index the transaction's place among all of the batch
    /// @param txHash its hash
    /// @param txPath from its leaf up to the batch's root
    function verifyTransaction(
        uint256 i,
        Outcome calldata post,
        uint256 b,
        bytes32[32] calldata batchPath,
        uint64 blockNumber,
        uint32 index,
        bytes32 txHash,
        bytes32[16] calldata txPath
    ) external view returns (bool) {
        requireOutcome(i, post);
        if (b == 0 || b > i || index >= 1 << 16) return false;
        bytes32 leaf = keccak256(abi.encodePacked(uint8(0), blockNumber, index, txHash));
        bytes32 root = MerklePath.root16(leaf, index, txPath);
        return MerklePath.root32(root, b, batchPath) == post.batchTree;
    }

    function requireOutcome(uint256 i, Outcome calldata post) private view {
        if (outcome[i] != post.hash()) revert UnknownOutcome(i);
    }
}
