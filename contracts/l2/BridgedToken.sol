// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title A token of L1 on L2
/// @notice All of them have one code: what differs stands in storage. Balances are the mapping at slot 0, which exits on L1
/// rely on.
contract BridgedToken is ERC20 {
    /// @notice The token on L1.
    address public l1Token;
    uint8 private tokenDecimals;
    string private tokenName;
    string private tokenSymbol;

    error OnlyBridge();

    modifier onlyBridge() {
        if (msg.sender != Predeploys.L2_BRIDGE) revert OnlyBridge();
        _;
    }

    constructor() ERC20("", "") {}

    /// @notice Called once, by the bridge, in the transaction that creates the token.
    /// @param l1Token_ the token on L1
    /// @param name_ its name there
    /// @param symbol_ its symbol there
    /// @param decimals_ its decimals there
    function initialize(address l1Token_, string calldata name_, string calldata symbol_, uint8 decimals_)
        external
        onlyBridge
    {
        l1Token = l1Token_;
        tokenDecimals = decimals_;
        tokenName = name_;
        tokenSymbol = symbol_;
    }

    /// @notice Mints what was deposited on L1. Fails where the supply would pass 2^256 − 1.
    /// @param to who gets it
    /// @param amount how much
    function mint(address to, uint256 amount) external onlyBridge {
        _mint(to, amount);
    }

    /// @notice Burns what leaves for L1.
    /// @param from whose it is
    /// @param amount how much
    function burn(address from, uint256 amount) external onlyBridge {
        _burn(from, amount);
    }

    /// @notice The token's name on L1 when it first came.
    function name() public view override returns (string memory) {
        return tokenName;
    }

    /// @notice The token's symbol on L1 when it first came.
    function symbol() public view override returns (string memory) {
        return tokenSymbol;
    }

    /// @notice The token's decimals on L1 when it first came.
    function decimals() public view override returns (uint8) {
        return tokenDecimals;
    }
}
