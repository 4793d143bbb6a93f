// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// A token with six decimals and permits.
contract Coin is ERC20Permit {
    constructor() ERC20("Coin & Sons", "COIN") ERC20Permit("Coin & Sons") {
        _mint(msg.sender, 1_000_000e6);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}

/// A token that keeps a tenth of what is sent.
contract FeeCoin is ERC20 {
    constructor() ERC20("Fee", "FEE") {
        _mint(msg.sender, 1000e18);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0xfee), value / 10);
    }
}

/// It takes no ether.
contract Refuses {
    uint256 public nothing;
}

interface IMessagePasser {
    function initiateWithdrawal(address to, bytes calldata data) external payable;
}

/// Two withdrawals in one transaction of L2.
contract Several {
    IMessagePasser private constant PASSER = IMessagePasser(0x4200000000000000000000000000000000000016);

    function both(address first, address second) external payable {
        PASSER.initiateWithdrawal{value: msg.value / 2}(first, "");
        PASSER.initiateWithdrawal{value: msg.value / 2}(second, "");
    }
}
