// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Ether as a token, with the interface of the WETH9 of L1
contract WETH9 is ERC20 {
    /// @notice Ether was wrapped.
    event Deposit(address indexed dst, uint256 wad);
    /// @notice Ether was unwrapped.
    event Withdrawal(address indexed src, uint256 wad);

    constructor() ERC20("", "") {}

    /// @notice Wraps what is sent.
    receive() external payable {
        deposit();
    }

    /// @notice Wraps what is sent.
    fallback() external payable {
        deposit();
    }

    /// @notice Wraps what is sent.
    function deposit() public payable {
        _mint(msg.sender, msg.value);
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Unwraps the sender's ether.
    /// @param wad how much, in wei
    function withdraw(uint256 wad) external {
        _burn(msg.sender, wad);
        emit Withdrawal(msg.sender, wad);
        Address.sendValue(payable(msg.sender), wad);
    }

    /// @notice As on L1. Not in storage, so that the genesis needs none.
    function name() public pure override returns (string memory) {
        return "Wrapped Ether";
    }

    /// @notice As on L1.
    function symbol() public pure override returns (string memory) {
        return "WETH";
    }
}
