// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// Tokens as people deploy them: OpenZeppelin's, with little added.
contract Stone is ERC20Permit {
    constructor(string memory name, string memory symbol, uint256 supply) ERC20(name, symbol) ERC20Permit(name) {
        _mint(msg.sender, supply);
    }
}

contract Mark is ERC721Enumerable, Ownable {
    error Carved(uint256 id);

    constructor() ERC721("Mason's Mark", "MARK") Ownable(msg.sender) {}

    function carve(address to, uint256 id) external onlyOwner {
        if (_ownerOf(id) != address(0)) revert Carved(id);
        _safeMint(to, id);
    }
}

/// Gives out what it holds once its time has come.
contract Lock {
    uint256 public immutable until;

    error TooEarly(uint256 now, uint256 until);

    constructor(uint256 seconds_) payable {
        until = block.timestamp + seconds_;
    }

    function open() external {
        if (block.timestamp < until) revert TooEarly(block.timestamp, until);
        (bool done,) = msg.sender.call{value: address(this).balance}("");
        require(done, "not taken");
    }
}
