// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {L2Bridge} from "../l2/L2Bridge.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {MerklePath} from "./MerklePath.sol";
import {Outcome, Outcomes} from "./Outcome.sol";
import {Queue} from "./Queue.sol";
import {Rollup} from "./Rollup.sol";
import {TrieProof} from "./TrieProof.sol";

/// @title What L2's ether and tokens stand on
/// @notice Holds the tokens that were deposited, and pays them and the Queue's ether to whom a proven message of L2 names. It
/// calls nobody's code with data of theirs: ether is paid with empty calldata, tokens are released. Contracts of L1 read
/// messages by isMessage.
contract Bridge is ReentrancyGuardTransient {
    using Outcomes for Outcome;
    using SafeERC20 for IERC20;

    /// @notice Where batches are proven.
    Rollup public immutable ROLLUP;
    /// @notice Where deposits go, and the ether is.
    Queue public immutable QUEUE;
    /// @notice Gas on L2 of a deposit of tokens: enough for whatever finalizing one takes.
    uint64 public immutable TOKEN_GAS;
    /// @notice Hash of the creation code of L2's bridged tokens.
    bytes32 public immutable TOKEN_CREATION_HASH;
    /// @notice Hash of their code.
    bytes32 public immutable TOKEN_CODE_HASH;

    /// @dev Place of a token of L1 in `exited` that stands for ether.
    address private constant ETHER = address(0);

    /// @dev 256 messages a word.
    mapping(uint256 word => uint256) private claimed;
    /// @notice What of a token stands on L2 or on its way there or back.
    mapping(address token => uint256) public locked;
    /// @notice Whether an account's balance of a token, or of ether (token zero), has left the frozen rollup.
    mapping(address token => mapping(address account => bool)) public exited;
    /// @dev 256 items a word.
    mapping(uint256 word => uint256) private refunded;
    /// @dev The same of the tokens of deposits.
    mapping(uint256 word => uint256) private refundedTokens;

    /// @notice Tokens were deposited as this item of the Queue.
    event TokenDeposited(
        address indexed token, address indexed from, address indexed to, uint256 amount, uint256 item
    );
    /// @notice The message with this index was paid.
    event Claimed(uint256 indexed index, address token, address indexed to, uint256 amount);
    /// @notice A balance left the frozen rollup.
    event Exited(address indexed token, address indexed account, address indexed to, uint256 amount);
    /// @notice An item that no proven batch consumed was paid back, or of a deposit of tokens the tokens.
    event Refunded(uint256 indexed item, address indexed to, uint256 wei_, address indexed token, uint256 amount);
    /// @notice A prover was paid.
    event FeesWithdrawn(address indexed prover, uint256 amount);

    error NothingReceived();
    error FeeTooLow(uint256 fee);
    error NotAMessage();
    error ClaimedAlready(uint256 index);
    error NotFrozen();
    error NotTheLastOutcome();
    error NotTheSendersAccount();
    error HasCode();
    error NotTheCode();
    error ExitedAlready();
    error NothingToPay();
    error ItemConsumed(uint256 index);
    error NotAnItem();
    error RefundedAlready(uint256 index);

    /// @param rollup where batches are proven
    /// @param queue where deposits go
    /// @param tokenGas gas on L2 of a deposit of tokens
    /// @param tokenCreationHash hash of the creation code of L2's bridged tokens
    /// @param tokenCodeHash hash of their code
    constructor(Rollup rollup, Queue queue, uint64 tokenGas, bytes32 tokenCreationHash, bytes32 tokenCodeHash) {
        ROLLUP = rollup;
        QUEUE = queue;
        TOKEN_GAS = tokenGas;
        TOKEN_CREATION_HASH = tokenCreationHash;
        TOKEN_CODE_HASH = tokenCodeHash;
    }

    // ---- in -------------------------------------------------------------------------------------------

    /// @notice Deposits tokens of the sender, who has allowed it. Deposited is what arrives. The ether that is sent along pays
    /// for QUEUE.fee(TOKEN_GAS); the rest goes back.
    /// @param token on L1
    /// @param to who gets them on L2
    /// @param amount how much to take
    function depositERC20(address token, address to, uint256 amount) external payable nonReentrant {
        deposit(token, to, amount);
    }

    /// @notice The same with the allowance by a signature (EIP-2612). Where that fails, as it does when somebody used it
    /// before, an allowance that is there suffices.
    /// @param token on L1
    /// @param to who gets them on L2
    /// @param amount how much to take and to allow
    /// @param deadline of the signature
    /// @param v of the signature
    /// @param r of the signature
    /// @param s of the signature
    function depositERC20Permit(
        address token,
        address to,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external payable nonReentrant {
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        deposit(token, to, amount);
    }

    function deposit(address token, address to, uint256 amount) private {
        uint256 fee = QUEUE.fee(TOKEN_GAS);
        if (msg.value < fee) revert FeeTooLow(fee);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received == 0) revert NothingReceived();
        locked[token] += received;
        uint256 item = QUEUE.send{value: fee}(
            Predeploys.L2_BRIDGE,
            false,
            0,
            TOKEN_GAS,
            abi.encodeCall(
                L2Bridge.finalizeDeposit,
                (
                    token,
                    msg.sender,
                    to,
                    received,
                    text(token, IERC20Metadata.name.selector),
                    text(token, IERC20Metadata.symbol.selector),
                    decimals(token)
                )
            )
        );
        emit TokenDeposited(token, msg.sender, to, received, item);
        if (msg.value != fee) Address.sendValue(payable(msg.sender), msg.value - fee);
    }

    // ---- out ------------------------------------------------------------------------------------------

    /// @notice Pays a message of L2 that is proven. Anybody may, once; where the payment fails it may be tried again.
    /// @param i a batch whose outcome is stored
    /// @param post its outcome
    /// @param index the message's place
    /// @param from who sent it on L2
    /// @param to who is paid
    /// @param value wei
    /// @param data an order for tokens where it is L2Bridge's to this contract; otherwise not used
    /// @param path from the message up to post.withdrawalRoot
    function claim(
        uint256 i,
        Outcome calldata post,
        uint256 index,
        address from,
        address to,
        uint256 value,
        bytes calldata data,
        bytes32[32] calldata path
    ) external nonReentrant {
        if (!isMessage(i, post, index, from, to, value, data, path)) revert NotAMessage();
        if (!mark(claimed, index)) revert ClaimedAlready(index);
        if (from == Predeploys.L2_BRIDGE && to == address(this)) {
            (address token, address account, uint256 amount) = abi.decode(data, (address, address, uint256));
            release(token, account, amount);
            emit Claimed(index, token, account, amount);
        } else {
            pay(to, value);
            emit Claimed(index, ETHER, to, value);
        }
    }

    /// @notice Whether L2 sent this message, by a proven batch. Contracts of L1 ask it and keep their own account of what they
    /// have dealt with: a message stays one for ever.
    /// @param i a batch whose outcome is stored
    /// @param post its outcome
    /// @param index the message's place
    /// @param from who sent it on L2
    /// @param to whom it names
    /// @param value wei
    /// @param data for `to` to read
    /// @param path from the message up to post.withdrawalRoot
    function isMessage(
        uint256 i,
        Outcome calldata post,
        uint256 index,
        address from,
        address to,
        uint256 value,
        bytes calldata data,
        bytes32[32] calldata path
    ) public view returns (bool) {
        if (index > type(uint32).max || ROLLUP.outcome(i) != post.hash()) return false;
        bytes32 leaf;
        // keccak256(abi.encode(index, from, to, value, keccak256(data))), in free memory that stays free.
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            mstore(add(free, 128), keccak256(free, data.length))
            mstore(free, index)
            mstore(add(free, 32), from)
            mstore(add(free, 64), to)
            mstore(add(free, 96), value)
            leaf := keccak256(free, 160)
        }
        return MerklePath.root32(leaf, index, path) == post.withdrawalRoot;
    }

    /// @notice Whether the message with this index was paid.
    function isClaimed(uint256 index) external view returns (bool) {
        return claimed[index >> 8] >> (index & 255) & 1 == 1;
    }

    /// @notice Pays the sender the fees of the items that it proved.
    function withdrawFees() external nonReentrant {
        uint256 amount = ROLLUP.takeFees(msg.sender);
        if (amount == 0) revert NothingToPay();
        pay(msg.sender, amount);
        emit FeesWithdrawn(msg.sender, amount);
    }

    // ---- out of a frozen rollup -----------------------------------------------------------------------

    /// @notice Pays the ether that an account of L2 has after the last proven batch. Only to the account's owner: the sender
    /// under its own address, or a contract under its alias. Accounts with code are not paid: who owns them on L2 says nothing
    /// about who owns the address here.
    /// @param post the last outcome
    /// @param account the sender, or its alias
    /// @param code empty, or the account's delegation by EIP-7702
    /// @param proof accountProof of eth_getProof
    function exitETH(Outcome calldata post, address account, bytes calldata code, bytes[] calldata proof)
        external
        nonReentrant
    {
        TrieProof.Account memory owner = requireOwner(post, account, code, proof);
        if (owner.balance == 0) revert NothingToPay();
        markExited(ETHER, account);
        pay(msg.sender, owner.balance);
        emit Exited(ETHER, account, msg.sender, owner.balance);
    }

    /// @notice The same of a bridged token.
    /// @param post the last outcome
    /// @param token on L1
    /// @param account the sender, or its alias
    /// @param code empty, or the account's delegation by EIP-7702
    /// @param accountProof of the account, also where it is absent: that it has no code
    /// @param tokenProof of the token's account on L2
    /// @param balanceProof of the balance in the token's storage
    function exitERC20(
        Outcome calldata post,
        address token,
        address account,
        bytes calldata code,
        bytes[] calldata accountProof,
        bytes[] calldata tokenProof,
        bytes[] calldata balanceProof
    ) external nonReentrant {
        requireOwner(post, account, code, accountProof);
        address l2Token =
            Create2.computeAddress(bytes32(uint256(uint160(token))), TOKEN_CREATION_HASH, Predeploys.L2_BRIDGE);
        TrieProof.Account memory bridged = TrieProof.account(post.stateRoot, l2Token, tokenProof);
        if (bridged.codeHash != TOKEN_CODE_HASH) revert NotTheCode();
        bytes32 slot = keccak256(abi.encode(account, uint256(0)));
        uint256 amount = TrieProof.storageAt(bridged.storageRoot, slot, balanceProof);
        if (amount == 0) revert NothingToPay();
        markExited(token, account);
        release(token, msg.sender, amount);
        emit Exited(token, account, msg.sender, amount);
    }

    /// @notice Pays back an item that no proven batch consumed: its ether to its sender; of a deposit of tokens both to the
    /// depositor. Anybody may, once.
    /// @param index the item's place in the Queue
    /// @param item as it was enqueued
    /// @param data its calldata
    function refund(uint256 index, Queue.Item calldata item, bytes calldata data) external nonReentrant {
        requireRefundable(index, item, data);
        if (!mark(refunded, index)) revert RefundedAlready(index);
        address to = item.sender;
        address token;
        uint256 amount;
        if (to == address(this)) {
            (token, to, amount) = deposited(data);
            if (mark(refundedTokens, index)) release(token, to, amount);
            else amount = 0;
        }
        uint256 wei_ = item.mint + item.fee;
        if (wei_ == 0) revert NothingToPay();
        pay(to, wei_);
        emit Refunded(index, to, wei_, token, amount);
    }

    /// @notice Of a deposit of tokens pays back the tokens alone, where the depositor takes no ether. Anybody may, once.
    /// @param index the item's place in the Queue
    /// @param item as it was enqueued
    /// @param data its calldata
    function refundTokens(uint256 index, Queue.Item calldata item, bytes calldata data) external nonReentrant {
        requireRefundable(index, item, data);
        if (item.sender != address(this)) revert NothingToPay();
        if (!mark(refundedTokens, index)) revert RefundedAlready(index);
        (address token, address to, uint256 amount) = deposited(data);
        release(token, to, amount);
        emit Refunded(index, to, 0, token, amount);
    }

    function requireRefundable(uint256 index, Queue.Item calldata item, bytes calldata data) private view {
        (bool isFrozen,, uint256 consumed) = ROLLUP.finality();
        if (!isFrozen) revert NotFrozen();
        if (index < consumed) revert ItemConsumed(index);
        bytes32 hash = QUEUE.rolling(index + 1);
        if (
            hash == 0 || item.dataHash != keccak256(data)
                || hash != keccak256(abi.encode(QUEUE.rolling(index), index, item))
        ) revert NotAnItem();
    }

    /// @dev What deposit() sent.
    function deposited(bytes calldata data) private pure returns (address token, address by, uint256 amount) {
        (token, by,, amount) = abi.decode(data[4:], (address, address, address, uint256));
    }

    /// @notice Whether the item was paid back.
    function isRefunded(uint256 index) external view returns (bool) {
        return refunded[index >> 8] >> (index & 255) & 1 == 1;
    }

    function requireOwner(Outcome calldata post, address account, bytes calldata code, bytes[] calldata proof)
        private
        view
        returns (TrieProof.Account memory owner)
    {
        (bool isFrozen, bytes32 last,) = ROLLUP.finality();
        if (!isFrozen) revert NotFrozen();
        if (last != post.hash()) revert NotTheLastOutcome();
        if (account != msg.sender && account != Predeploys.aliased(msg.sender)) revert NotTheSendersAccount();
        owner = TrieProof.account(post.stateRoot, account, proof);
        if (owner.codeHash != keccak256(code)) revert NotTheCode();
        if (code.length != 0 && (code.length != 23 || bytes3(code) != 0xef0100)) revert HasCode();
    }

    function markExited(address token, address account) private {
        if (exited[token][account]) revert ExitedAlready();
        exited[token][account] = true;
    }

    // ---- what happens once ----------------------------------------------------------------------------

    /// @dev Marks a place; whether it was not. The word is read once: it is a tenth of a claim.
    function mark(mapping(uint256 => uint256) storage words, uint256 index) private returns (bool) {
        uint256 word = words[index >> 8];
        uint256 bit = 1 << (index & 255);
        words[index >> 8] = word | bit;
        return word & bit == 0;
    }

    // ---- payments -------------------------------------------------------------------------------------

    function release(address token, address to, uint256 amount) private {
        locked[token] -= amount;
        IERC20(token).safeTransfer(to, amount);
    }

    function pay(address to, uint256 amount) private {
        if (amount != 0) QUEUE.pay(to, amount);
    }

    // ---- metadata -------------------------------------------------------------------------------------

    /// @dev name() or symbol(), also of tokens that return bytes32; cut to 64 bytes, empty where there is none.
    function text(address token, bytes4 selector) private view returns (string memory result) {
        uint256 size;
        uint256 offset;
        uint256 length;
        bytes32 first;
        bytes32 second;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            if staticcall(gas(), token, free, 4, free, 128) { size := returndatasize() }
            offset := mload(free)
            length := mload(add(free, 32))
            first := mload(add(free, 64))
            second := mload(add(free, 96))
        }
        if (size == 32) {
            first = bytes32(offset);
            length = 32;
            while (length != 0 && first[length - 1] == 0) --length;
        } else if (size < 64 || offset != 32) {
            return "";
        } else {
            if (length > 64) length = 64;
            if (length > size - 64) length = size - 64;
        }
        result = new string(length);
        assembly ("memory-safe") {
            if length { mstore(add(result, 32), first) }
            if gt(length, 32) { mstore(add(result, 64), second) }
        }
        return result;
    }

    /// @dev decimals(), 18 where there are none.
    function decimals(address token) private view returns (uint8 result) {
        result = 18;
        bytes4 selector = IERC20Metadata.decimals.selector;
        assembly ("memory-safe") {
            mstore(0, selector)
            if staticcall(gas(), token, 0, 4, 0, 32) {
                if and(gt(returndatasize(), 31), lt(mload(0), 256)) { result := mload(0) }
            }
        }
    }
}
