// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token with a fixed supply, all of it given to whoever deploys it.
contract Token is ERC20 {
    constructor(uint256 supply) ERC20("Ashlar example token", "STONE") {
        _mint(msg.sender, supply);
    }
}
