// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {L1Block} from "../l2/L1Block.sol";
import {Predeploys} from "../l2/Predeploys.sol";

/// @title Everything that L1 sends to L2: deposits, forced transactions, L1's blocks
/// @notice Holds the ether of the rollup. One list, bound by a rolling hash, which batches must consume in its order. An item
/// can fail on L2, but never be invalid. Its gas is bought here, at a price that follows what is bought; the fee goes to
/// whoever proves the item.
contract Queue {
    /// @notice Gas on L2 of the item that anchor() sends.
    uint64 public constant ANCHOR_GAS = 100_000;
    /// @notice The longest calldata of an item, in bytes.
    uint256 public constant DATA_MAX = 16 * 1024;

    uint256 internal constant CALL = 1;
    uint256 internal constant CREATE = 2;

    /// @notice What is hashed of an item, after the rolling hash before it and its index.
    struct Item {
        uint256 kind; // 1 CALL, 2 CREATE
        address sender; // on L1
        address from; // on L2: the sender, or its alias
        address to; // zero for CREATE
        uint256 mint; // wei that come to exist at `from`
        uint256 value; // wei that are sent on
        uint256 fee; // wei that were paid for gas
        uint256 gasLimit;
        uint256 time;
        bytes32 dataHash;
    }

    /// @notice Of items 0 to i − 1: the time of the last, the sums of gas and fees.
    struct Info {
        uint40 time;
        uint64 gasSum;
        uint128 feeSum;
    }

    /// @notice What Rollup asks about items `from` to `to` − 1.
    struct Span {
        bytes32 hash; // rolling hash before item `to`
        uint256 count; // of all items
        uint256 gas; // of the span
        uint256 time; // of its last item, 0 where there is none
        uint256 nextTime; // of item `to`, 0 where there is none
        uint256 nextGas; // of the span with item `to`
    }

    /// @notice The contract that alone may freeze this one.
    address public immutable ROLLUP;
    /// @notice The contract that alone says who is paid. The ether stays here: to hand it on would cost every deposit 9,400 gas.
    address public immutable BRIDGE;
    /// @notice The most gas of an item.
    uint64 public immutable ITEM_MAX;
    /// @notice Gas bought in a block at which the price stays.
    uint32 public immutable TARGET_GAS;
    /// @notice Gas that can be bought in a block.
    uint32 public immutable BLOCK_GAS;
    /// @notice The least price, in wei a gas: what proving it costs.
    uint64 public immutable FLOOR_PRICE;

    /// @notice Rolling hash of items 0 to i − 1; zero before the first.
    mapping(uint256 i => bytes32) public rolling;
    /// @notice Sums over items 0 to i − 1.
    mapping(uint256 i => Info) public info;

    struct State {
        uint64 count;
        uint64 price; // in soldBlock
        uint40 soldBlock; // the last block in which gas was bought
        uint32 sold; // gas bought there
        uint40 lastAnchor;
        bool frozen;
    }

    State private state;

    /// @notice An item was added.
    event Enqueued(
        uint256 indexed index,
        uint256 kind,
        address indexed sender,
        address indexed from,
        address to,
        uint256 mint,
        uint256 value,
        uint256 fee,
        uint256 gasLimit,
        uint256 time,
        bytes data
    );

    error FeeTooLow(uint256 fee);
    error GasTooLow(uint256 intrinsic);
    error GasTooHigh(uint256 max);
    error DataTooLong(uint256 max);
    error CreationHasNoTo();
    error BlockFull();
    error AnchoredInThisBlock();
    error QueueFrozen();
    error OnlyRollup();
    error WrongParameters();
    error OnlyBridge();
    error PaymentFailed();

    /// @param rollup where batches are committed
    /// @param bridge what says who is paid
    /// @param itemMax the most gas of an item
    /// @param targetGas gas bought in a block of L1 at which the price stays
    /// @param blockGas gas that can be bought in a block of L1
    /// @param floorPrice the least price, in wei a gas
    constructor(address rollup, address bridge, uint64 itemMax, uint32 targetGas, uint32 blockGas, uint64 floorPrice) {
        if (targetGas == 0 || blockGas < itemMax || blockGas < targetGas || itemMax < ANCHOR_GAS || floorPrice == 0) {
            revert WrongParameters();
        }
        ROLLUP = rollup;
        BRIDGE = bridge;
        ITEM_MAX = itemMax;
        TARGET_GAS = targetGas;
        BLOCK_GAS = blockGas;
        FLOOR_PRICE = floorPrice;
        state.price = floorPrice;
    }

    /// @notice Sends a transaction to L2, which must be included there. Pays its gas at the price of now; the rest of what is
    /// sent along is minted on L2 for the sender. A contract acts there under its alias.
    /// @param to whom it calls on L2; zero where it creates
    /// @param isCreation whether data is init code
    /// @param value wei that it sends on; it may be more than what is minted
    /// @param gasLimit at least what a transaction of this data costs before it runs, at most ITEM_MAX
    /// @param data calldata or init code, at most DATA_MAX bytes
    /// @return index the item's place
    function send(address to, bool isCreation, uint256 value, uint64 gasLimit, bytes calldata data)
        external
        payable
        returns (uint256 index)
    {
        State memory s = state;
        if (s.frozen) revert QueueFrozen();
        if (isCreation && to != address(0)) revert CreationHasNoTo();
        if (data.length > DATA_MAX) revert DataTooLong(DATA_MAX);
        uint256 least = intrinsicGas(isCreation, data);
        if (gasLimit < least) revert GasTooLow(least);
        if (gasLimit > ITEM_MAX) revert GasTooHigh(ITEM_MAX);
        (uint256 price, uint256 sold) = market(s);
        sold += gasLimit;
        if (sold > BLOCK_GAS) revert BlockFull();
        uint256 paid = gasLimit * price;
        if (msg.value < paid) revert FeeTooLow(paid);

        (s.price, s.soldBlock, s.sold) = (uint64(price), uint40(block.number), uint32(sold));
        Item memory item = Item({
            kind: isCreation ? CREATE : CALL,
            sender: msg.sender,
            from: isOwnAccount() ? msg.sender : Predeploys.aliased(msg.sender),
            to: to,
            mint: msg.value - paid,
            value: value,
            fee: paid,
            gasLimit: gasLimit,
            time: block.timestamp,
            dataHash: keccak256(data)
        });
        index = push(s, item);
        emit Enqueued(
            index, item.kind, msg.sender, item.from, to, item.mint, value, paid, gasLimit, block.timestamp, data
        );
    }

    /// @notice Tells L2's L1Block of the parent of this block and of this block's fees. Anybody may, once a block, for nothing
    /// but L1's gas.
    /// @return index the item's place
    function anchor() external returns (uint256 index) {
        State memory s = state;
        if (s.frozen) revert QueueFrozen();
        if (s.lastAnchor == block.number) revert AnchoredInThisBlock();
        s.lastAnchor = uint40(block.number);
        uint256 parent = block.number - 1;
        bytes memory data = abi.encodeCall(
            L1Block.update, (uint64(parent), blockhash(parent), uint128(block.basefee), uint128(block.blobbasefee))
        );
        Item memory item = Item({
            kind: CALL,
            sender: address(this),
            from: Predeploys.aliased(address(this)),
            to: Predeploys.L1_BLOCK,
            mint: 0,
            value: 0,
            fee: 0,
            gasLimit: ANCHOR_GAS,
            time: block.timestamp,
            dataHash: keccak256(data)
        });
        index = push(s, item);
        emit Enqueued(
            index, CALL, address(this), item.from, Predeploys.L1_BLOCK, 0, 0, 0, ANCHOR_GAS, block.timestamp, data
        );
    }

    /// @notice Ends the queue for ever. Only for Rollup.
    function freeze() external {
        if (msg.sender != ROLLUP) revert OnlyRollup();
        state.frozen = true;
    }

    /// @notice Pays ether, with empty calldata; what comes back is not looked at. Only for the Bridge.
    /// @param to who is paid
    /// @param amount in wei
    function pay(address to, uint256 amount) external {
        if (msg.sender != BRIDGE) revert OnlyBridge();
        bool paid;
        assembly ("memory-safe") {
            paid := call(gas(), to, amount, 0, 0, 0, 0)
        }
        if (!paid) revert PaymentFailed();
    }

    /// @notice What gas costs in this block, in wei, if it is still to be had.
    /// @param gasLimit of the item
    function fee(uint256 gasLimit) external view returns (uint256) {
        (uint256 price,) = market(state);
        return gasLimit * price;
    }

    /// @notice How many items there are.
    function count() external view returns (uint256) {
        return state.count;
    }

    /// @notice The market as it was left: items, price and gas bought in the last block in which gas was bought, the block
    /// of the last anchor, whether all is over.
    function status() external view returns (State memory) {
        return state;
    }

    /// @notice What a commit needs to know of the items that it takes.
    /// @param from the first
    /// @param to the first that it does not take; count where it is more, so that the answer shows it
    function span(uint256 from, uint256 to) external view returns (Span memory s) {
        s.hash = rolling[to];
        s.count = state.count;
        if (from > to || to > s.count) return s;
        if (from == to && to == s.count) return s;
        uint256 before = info[from].gasSum;
        if (from != to) {
            Info memory last = info[to];
            s.time = last.time;
            s.gas = last.gasSum - before;
        }
        if (to != s.count) {
            Info memory next = info[to + 1];
            s.nextTime = next.time;
            s.nextGas = next.gasSum - before;
        }
    }

    /// @notice What a proof needs to know.
    /// @param pre items consumed before what it shows
    /// @param settled items consumed by what was shown already
    /// @param post items consumed after it
    /// @return preHash rolling hash at `pre`
    /// @return postHash rolling hash at `post`
    /// @return fees of items `settled` to `post` − 1, in wei
    function settlement(uint256 pre, uint256 settled, uint256 post)
        external
        view
        returns (bytes32 preHash, bytes32 postHash, uint256 fees)
    {
        preHash = rolling[pre];
        postHash = rolling[post];
        if (settled != post) fees = info[post].feeSum - info[settled].feeSum;
    }

    /// @notice Gas that a transaction costs before it runs, or by the floor of EIP-7623, whichever is more.
    /// @param isCreation whether data is init code
    /// @param data calldata or init code
    function intrinsicGas(bool isCreation, bytes calldata data) public pure returns (uint256) {
        // Zero bytes are counted a word at a time: bit 7 of each byte tells whether the byte is zero.
        uint256 zeros;
        uint256 low = 0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;
        uint256 ones = 0x0101010101010101010101010101010101010101010101010101010101010101;
        uint256 words = (data.length + 31) / 32;
        unchecked {
            for (uint256 i = 0; i < words; ++i) {
                uint256 word;
                assembly ("memory-safe") {
                    word := calldataload(add(data.offset, mul(i, 32)))
                }
                // Beyond the end other bytes may follow: they are made 0xff.
                if (i == words - 1) word |= type(uint256).max >> (8 * (data.length - 32 * i));
                zeros += ((~(((word & low) + low) | word | low) >> 7) * ones) >> 248;
            }
            uint256 tokens = 4 * data.length - 3 * zeros;
            uint256 gas_ = 21_000 + 4 * tokens + (isCreation ? 32_000 + 2 * words : 0);
            uint256 least = 21_000 + 10 * tokens;
            return gas_ > least ? gas_ : least;
        }
    }

    /// @dev Appends; writes the state.
    function push(State memory s, Item memory item) private returns (uint256 index) {
        index = s.count;
        Info memory before = info[index];
        rolling[index + 1] = keccak256(abi.encode(rolling[index], index, item));
        info[index + 1] = Info({
            time: uint40(item.time),
            gasSum: before.gasSum + uint64(item.gasLimit),
            feeSum: before.feeSum + uint128(item.fee)
        });
        s.count = uint64(index + 1);
        state = s;
    }

    /// @dev Whether the sender has a key: it signed this transaction, or its code is a delegation of EIP-7702, which nobody
    /// can deploy.
    function isOwnAccount() private view returns (bool) {
        if (msg.sender == tx.origin) return true;
        if (msg.sender.code.length != 23) return false;
        return bytes3(msg.sender.code) == 0xef0100;
    }

    /// @dev The price in this block and what was bought of it, by EIP-1559 over blocks of L1.
    function market(State memory s) private view returns (uint256 price, uint256 sold) {
        price = s.price;
        sold = s.sold;
        if (s.soldBlock == block.number) return (price, sold);
        price = nextPrice(price, sold);
        unchecked {
            uint256 empty = block.number - s.soldBlock - 1;
            if (empty > 64) empty = 64;
            for (; empty != 0 && price != FLOOR_PRICE; --empty) price = nextPrice(price, 0);
        }
        sold = 0;
    }

    /// @dev Products of 64 and 32 bits.
    function nextPrice(uint256 price, uint256 sold) private view returns (uint256) {
        unchecked {
            if (sold > TARGET_GAS) {
                price += price * (sold - TARGET_GAS) / TARGET_GAS / 8 + 1;
                return price > type(uint64).max ? type(uint64).max : price;
            }
            price -= price * (TARGET_GAS - sold) / TARGET_GAS / 8;
            return price < FLOOR_PRICE ? FLOOR_PRICE : price;
        }
    }
}
