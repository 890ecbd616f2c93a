// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Supply} from "@openzeppelin/contracts/token/ERC1155/extensions/ERC1155Supply.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// ERC-20 whose minters are chosen by role.
contract Token is ERC20Burnable, AccessControl {
    bytes32 public constant MINTER = keccak256("MINTER");

    constructor(string memory name, string memory symbol, uint256 supply) ERC20(name, symbol) {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _mint(msg.sender, supply);
    }

    function mint(address to, uint256 amount) external onlyRole(MINTER) {
        _mint(to, amount);
    }
}

/// ERC-721 that can be enumerated.
contract Nft is ERC721Enumerable {
    constructor() ERC721("Picture", "PIC") {}

    function mint(address to, uint256 id) external {
        _safeMint(to, id);
    }

    function _baseURI() internal pure override returns (string memory) {
        return "ipfs://pictures/";
    }
}

/// Takes tokens only if it likes their number.
contract Collector is IERC721Receiver {
    error Unwanted(uint256 id);

    uint256 public received;

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        if (id == 13) revert Unwanted(id);
        received += 1;
        return this.onERC721Received.selector;
    }
}

/// ERC-1155 that counts what there is.
contract Items is ERC1155Supply {
    constructor() ERC1155("https://items/{id}.json") {}

    function mint(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount, "");
    }

    function mintBatch(address to, uint256[] calldata ids, uint256[] calldata amounts) external {
        _mintBatch(to, ids, amounts, "");
    }
}
