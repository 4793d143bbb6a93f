// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {BridgedToken} from "./BridgedToken.sol";
import {MessagePasser} from "./MessagePasser.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Tokens of L1 on L2
/// @notice Mints what the Bridge on L1 holds and burns what leaves. It calls nobody but tokens that it created itself and
/// the MessagePasser.
contract L2Bridge {
    /// @notice The Bridge on L1. Slot 0, set in the genesis.
    address public bridge;

    bytes32 private constant TOKEN_CREATION_HASH = keccak256(type(BridgedToken).creationCode);

    /// @notice A token came for the first time.
    event TokenCreated(address indexed l1Token, address indexed token);
    /// @notice A deposit was minted.
    event DepositFinalized(address indexed l1Token, address indexed from, address indexed to, uint256 amount);
    /// @notice A deposit could not be minted and goes back to its depositor, as a withdrawal.
    event DepositReturned(address indexed l1Token, address indexed from, address indexed to, uint256 amount);
    /// @notice Tokens leave for L1 as the message with this index.
    event WithdrawalInitiated(
        address indexed l1Token, address indexed from, address indexed to, uint256 amount, uint256 index
    );

    error OnlyBridge();
    error ToZero();

    /// @notice Mints a deposit, and creates its token where it is the first one. Only for the Bridge on L1, under its alias.
    /// Where minting fails, or `to` is zero, the amount goes back to the depositor on L1.
    /// @param l1Token the token on L1
    /// @param from the depositor on L1
    /// @param to who gets it here
    /// @param amount how much the Bridge received
    /// @param name of the token on L1
    /// @param symbol of the token on L1
    /// @param decimals of the token on L1
    function finalizeDeposit(
        address l1Token,
        address from,
        address to,
        uint256 amount,
        string calldata name,
        string calldata symbol,
        uint8 decimals
    ) external {
        if (msg.sender != Predeploys.aliased(bridge)) revert OnlyBridge();
        address token = tokenOf(l1Token);
        if (token.code.length == 0) {
            new BridgedToken{salt: bytes32(uint256(uint160(l1Token)))}();
            BridgedToken(token).initialize(l1Token, name, symbol, decimals);
            emit TokenCreated(l1Token, token);
        }
        if (to != address(0)) {
            try BridgedToken(token).mint(to, amount) {
                emit DepositFinalized(l1Token, from, to, amount);
                return;
            } catch {}
        }
        emit DepositReturned(l1Token, from, to, amount);
        leave(l1Token, from, amount);
    }

    /// @notice Burns the sender's tokens, which can then be claimed on L1.
    /// @param l1Token the token on L1
    /// @param to who gets them there, not zero
    /// @param amount how much
    /// @return index the message's place in the MessagePasser's tree
    function withdraw(address l1Token, address to, uint256 amount) external returns (uint256 index) {
        if (to == address(0)) revert ToZero();
        BridgedToken(tokenOf(l1Token)).burn(msg.sender, amount);
        index = leave(l1Token, to, amount);
        emit WithdrawalInitiated(l1Token, msg.sender, to, amount, index);
    }

    /// @notice Where a token of L1 lives here, whether it came already or not.
    /// @param l1Token the token on L1
    /// @return its address by CREATE2, with the token on L1 as salt
    function tokenOf(address l1Token) public view returns (address) {
        return Create2.computeAddress(bytes32(uint256(uint160(l1Token))), TOKEN_CREATION_HASH);
    }

    /// @dev The one form of message that the Bridge on L1 takes as an order to release tokens.
    function leave(address l1Token, address to, uint256 amount) private returns (uint256) {
        return MessagePasser(Predeploys.MESSAGE_PASSER).initiateWithdrawal(bridge, abi.encode(l1Token, to, amount));
    }
}
