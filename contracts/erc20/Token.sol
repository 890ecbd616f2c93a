// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// OpenZeppelin's ERC-20, nothing added: the whole supply goes to the account that deploys it.
contract Token is ERC20 {
    /// `supply` counts smallest units (18 decimals, as OpenZeppelin's default says).
    constructor(string memory name, string memory symbol, uint256 supply) ERC20(name, symbol) {
        _mint(msg.sender, supply);
    }
}
