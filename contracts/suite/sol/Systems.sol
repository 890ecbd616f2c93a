// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract Permitted is ERC20Permit {
    constructor() ERC20("Permitted", "PRM") ERC20Permit("Permitted") {
        _mint(msg.sender, 1e24);
    }
}

contract TokenVault is ERC4626 {
    constructor(IERC20 token) ERC20("Vault", "VLT") ERC4626(token) {}

    function _decimalsOffset() internal pure override returns (uint8) {
        return 3;
    }
}

/// Signs with a key that is no secret and with one as the nonce. Domains contain addresses, so nobody outside can sign ahead.
contract Signer {
    uint256 constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 constant BASE_X = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
    bytes32 constant PERMIT = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function sign(uint256 key, bytes32 digest) internal pure returns (uint8 v, bytes32 s) {
        uint256 sum = addmod(uint256(digest), mulmod(BASE_X, key, ORDER), ORDER);
        return sum > ORDER / 2 ? (28, bytes32(ORDER - sum)) : (27, bytes32(sum));
    }

    function owner(uint256 key) public pure returns (address) {
        (uint8 v, bytes32 s) = sign(key, bytes32(uint256(1)));
        return ecrecover(bytes32(uint256(1)), v, bytes32(BASE_X), s);
    }

    function permit(Permitted token, uint256 key, address spender, uint256 value, uint256 nonce, uint256 deadline) external {
        bytes32 what = keccak256(abi.encode(PERMIT, owner(key), spender, value, nonce, deadline));
        (uint8 v, bytes32 s) = sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), what)));
        token.permit(owner(key), spender, value, deadline, v, bytes32(BASE_X), s);
    }
}

/// A guard in transient storage, passed many times in one transaction.
contract Guarded is ReentrancyGuardTransient {
    uint256 public passed;

    function pass() external nonReentrant {
        passed += 1;
    }

    function twice() external nonReentrant {
        this.pass();
    }

    function batch(uint256 times) external {
        for (uint256 i = 0; i < times; i++) this.pass();
    }
}

/// Sends to itself, also what it does not have.
contract Circle {
    event Received(uint256 value);

    function send(uint256 value) external payable returns (bool sent) {
        (sent,) = address(this).call{value: value}("");
    }

    function sendTooMuch(uint256 more) external returns (bool sent) {
        (sent,) = address(this).call{value: address(this).balance + more}("");
    }

    receive() external payable {
        emit Received(msg.value);
    }
}

/// A wallet in the manner of Safe: proxies with the implementation in their first slot, and batches by delegate call.
contract WalletProxy {
    address implementation;

    constructor(address implementation_) {
        implementation = implementation_;
    }

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), sload(0), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(done) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}

contract WalletFactory {
    function create(address implementation, uint256 salt) external returns (address proxy) {
        bytes memory code = abi.encodePacked(type(WalletProxy).creationCode, uint256(uint160(implementation)));
        assembly {
            proxy := create2(0, add(code, 0x20), mload(code), salt)
        }
        require(proxy != address(0), "not created");
    }

    /// Machine code of Ethereum's makes nothing here, and says so.
    function createFrom(bytes memory code) external returns (address made) {
        assembly {
            made := create(0, add(code, 0x20), mload(code))
        }
    }
}

contract Wallet {
    address implementation;
    address[] public owners;
    uint256 public threshold;
    uint256 public nonce;
    mapping(bytes32 => mapping(address => bool)) approved;

    event Executed(uint256 nonce, bool success);

    function setup(address[] calldata owners_, uint256 threshold_) external {
        require(threshold == 0, "set up already");
        (owners, threshold) = (owners_, threshold_);
    }

    function approve(bytes32 transaction) external {
        approved[transaction][msg.sender] = true;
    }

    function execute(address to, uint256 value, bytes memory data, bool delegated) external returns (bool success) {
        bytes32 transaction = keccak256(abi.encode(value, data.length, delegated, nonce));
        uint256 count;
        for (uint256 i = 0; i < owners.length; i++) if (approved[transaction][owners[i]]) count++;
        require(count >= threshold, "too few");
        (success,) = delegated ? to.delegatecall(data) : to.call{value: value}(data);
        emit Executed(nonce++, success);
    }

    receive() external payable {}
}

contract Batch {
    address immutable self = address(this);

    /// Kind, address, value, length, data; packed, one behind the other.
    function run(bytes memory packed) external payable {
        require(address(this) != self, "by delegate call only");
        assembly {
            for { let at := 0x20 } lt(at, add(mload(packed), 0x20)) {} {
                let kind := shr(0xf8, mload(add(packed, at)))
                let to := shr(0x60, mload(add(packed, add(at, 0x01))))
                let value := mload(add(packed, add(at, 0x15)))
                let len := mload(add(packed, add(at, 0x35)))
                let data := add(packed, add(at, 0x55))
                let done := 0
                switch kind
                case 0 { done := call(gas(), to, value, data, len, 0, 0) }
                case 1 { done := delegatecall(gas(), to, data, len, 0, 0) }
                if iszero(done) {
                    returndatacopy(0, 0, returndatasize())
                    revert(0, returndatasize())
                }
                at := add(at, add(0x55, len))
            }
        }
    }
}

/// EIP-2535 in short: functions of several contracts on the storage of one.
contract Diamond {
    error NoFunction(bytes4 selector);

    event Cut(address facet, bytes4[] selectors);

    mapping(bytes4 => address) facets;

    function cut(address facet, bytes4[] calldata selectors, address initial, bytes calldata data) external {
        for (uint256 i = 0; i < selectors.length; i++) facets[selectors[i]] = facet;
        emit Cut(facet, selectors);
        if (initial == address(0)) return;
        (bool done, bytes memory reason) = initial.delegatecall(data);
        if (!done) {
            assembly {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    fallback() external payable {
        address facet = facets[msg.sig];
        if (facet == address(0)) revert NoFunction(msg.sig);
        assembly {
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), facet, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch done
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

library CountStorage {
    struct Layout {
        uint256 count;
        mapping(address => uint256) paid;
    }

    function layout() internal pure returns (Layout storage at) {
        bytes32 slot = keccak256("suite.count");
        assembly {
            at.slot := slot
        }
    }
}

contract CountFacet {
    event Counted(address self, uint256 count);

    function count(uint256 by) external payable returns (uint256) {
        CountStorage.Layout storage at = CountStorage.layout();
        at.count += by;
        at.paid[msg.sender] += msg.value;
        emit Counted(address(this), at.count);
        return at.count;
    }

    function counted() external view returns (uint256, uint256) {
        return (CountStorage.layout().count, CountStorage.layout().paid[msg.sender]);
    }
}

contract FastCountFacet {
    function count(uint256 by) external payable returns (uint256) {
        CountStorage.layout().count += 10 * by;
        return CountStorage.layout().count;
    }

    function begin(uint256 at) external {
        require(at < 100, "too high");
        CountStorage.layout().count = at;
    }
}
