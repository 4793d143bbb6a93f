// OpenZeppelin's contracts by Hardhat and hardhat-ethers, and Hardhat's network helpers.
const assert = require('node:assert/strict')
const { ethers, network } = require('hardhat')
const helpers = require('@nomicfoundation/hardhat-network-helpers')

const failure = (promise) => promise.then(() => assert.fail('it did not fail'), (error) => error)
// The name of a custom error, by whichever way it came.
async function customError(contract, promise) {
  const error = await failure(promise)
  const data = error.data?.data ?? error.data ?? error.error?.data
  return contract.interface.parseError(data) ?? assert.fail(`no data in ${error.message}`)
}

describe(`ERC-20 (${network.name})`, () => {
  async function deploy() {
    const [owner, other, third] = await ethers.getSigners()
    const stone = await ethers.deployContract('Stone', ['Ashlar Stone', 'STONE', 1000n])
    return { stone, owner, other, third }
  }

  it('is deployed with its supply', async () => {
    const { stone, owner } = await helpers.loadFixture(deploy)
    assert.equal(await stone.balanceOf(owner), 1000n)
    assert.equal(await stone.symbol(), 'STONE')
  })

  it('is transferred, with an event', async () => {
    const { stone, owner, other } = await helpers.loadFixture(deploy)
    const receipt = await (await stone.transfer(other, 30n)).wait()
    const [event] = await stone.queryFilter('Transfer', receipt.blockNumber)
    assert.deepEqual([...event.args], [owner.address, other.address, 30n])
    assert.equal(await stone.balanceOf(other), 30n)
  })

  it('is spent by who is allowed to', async () => {
    const { stone, owner, other, third } = await helpers.loadFixture(deploy)
    await stone.approve(other, 50n)
    await (await stone.connect(other).transferFrom(owner, third, 20n)).wait()
    assert.equal(await stone.allowance(owner, other), 30n)
    const error = await customError(stone, stone.connect(other).transferFrom(owner, third, 31n))
    assert.equal(error.name, 'ERC20InsufficientAllowance')
    assert.deepEqual([...error.args], [other.address, 30n, 31n])
  })

  it('is allowed by a signature (EIP-2612)', async () => {
    const { stone, owner, other } = await helpers.loadFixture(deploy)
    const message = { owner: owner.address, spender: other.address, value: 7n, nonce: 0n,
      deadline: 2n ** 40n }
    const signature = ethers.Signature.from(await owner.signTypedData(
      { name: 'Ashlar Stone', version: '1', chainId: 1337, verifyingContract: await stone.getAddress() },
      { Permit: [{ name: 'owner', type: 'address' }, { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' }, { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' }] },
      message))
    await stone.connect(other).permit(owner, other, 7n, message.deadline, signature.v, signature.r,
      signature.s)
    assert.equal(await stone.allowance(owner, other), 7n)
  })
})

describe(`ERC-721 (${network.name})`, () => {
  async function deploy() {
    const [owner, other] = await ethers.getSigners()
    return { mark: await ethers.deployContract('Mark'), owner, other }
  }

  it('is minted, listed and given away', async () => {
    const { mark, owner, other } = await helpers.loadFixture(deploy)
    const receipt = await (await mark.carve(owner, 5n)).wait()
    assert.equal(receipt.logs[0].fragment.name, 'Transfer')
    await mark.carve(owner, 9n)
    await mark['safeTransferFrom(address,address,uint256)'](owner, other, 5n)
    assert.equal(await mark.ownerOf(5n), other.address)
    assert.deepEqual([await mark.totalSupply(), await mark.tokenOfOwnerByIndex(owner, 0n)], [2n, 9n])
  })

  it('refuses with its own errors and with its parents', async () => {
    const { mark, owner, other } = await helpers.loadFixture(deploy)
    await mark.carve(owner, 5n)
    assert.equal((await customError(mark, mark.carve(owner, 5n))).name, 'Carved')
    assert.equal((await customError(mark, mark.connect(other).carve(other, 6n))).name,
      'OwnableUnauthorizedAccount')
    assert.equal((await customError(mark, mark.ownerOf(77n))).name, 'ERC721NonexistentToken')
    const address = await mark.getAddress()
    assert.equal((await customError(mark, mark.carve(address, 8n))).name, 'ERC721InvalidReceiver')
  })
})

describe(`network helpers (${network.name})`, () => {
  const stranger = ethers.getAddress('0x00000000000000000000000000000000000a11ce')

  it('let time pass', async () => {
    const [owner] = await ethers.getSigners()
    const lock = await ethers.deployContract('Lock', [86400n], { value: 10n })
    assert.equal((await customError(lock, lock.open())).name, 'TooEarly')
    await helpers.time.increaseTo(await lock.until())
    await lock.open()
    assert.equal(await ethers.provider.getBalance(lock), 0n)
    const latest = await helpers.time.latest()
    await helpers.time.setNextBlockTimestamp(latest + 77)
    const { blockNumber } = await (await owner.sendTransaction({ to: stranger })).wait()
    assert.equal((await ethers.provider.getBlock(blockNumber)).timestamp, latest + 77)
    assert.equal(await helpers.time.increase(100), latest + 177)
  })

  it('mine', async () => {
    const before = await helpers.time.latestBlock()
    await helpers.mine(10, { interval: 12 })
    await helpers.mineUpTo(before + 15)
    assert.equal(await helpers.time.latestBlock(), before + 15)
  })

  it('set state', async () => {
    await helpers.setBalance(stranger, 5n * 10n ** 18n)
    await helpers.setNonce(stranger, 3)
    assert.equal(await ethers.provider.getBalance(stranger), 5n * 10n ** 18n)
    assert.equal(await ethers.provider.getTransactionCount(stranger), 3)
    const place = '0x000000000000000000000000000000000000c0de'
    await helpers.setCode(place, '0x5f545f5260205ff3')
    await helpers.setStorageAt(place, 0, 42)
    assert.equal(BigInt(await helpers.getStorageAt(place, 0)), 42n)
    assert.equal(BigInt(await ethers.provider.call({ to: place })), 42n)
  })

  // With keys of its own, Hardhat asks no node to sign.
  if (network.name === 'unlocked') it('impersonate', async () => {
    await helpers.setBalance(stranger, 10n ** 18n)
    const mark = await ethers.deployContract('Mark')
    await mark.transferOwnership(stranger)
    await helpers.impersonateAccount(stranger)
    await (await mark.connect(await ethers.getSigner(stranger)).carve(stranger, 1n)).wait()
    assert.equal(await mark.ownerOf(1n), stranger)
    await helpers.stopImpersonatingAccount(stranger)
  })

  it('take snapshots back', async () => {
    const snapshot = await helpers.takeSnapshot()
    const before = await ethers.provider.getBalance(stranger)
    const [owner] = await ethers.getSigners()
    await owner.sendTransaction({ to: stranger, value: 1n })
    await snapshot.restore()
    assert.equal(await ethers.provider.getBalance(stranger), before)
  })

  it('drop transactions', async () => {
    const [owner] = await ethers.getSigners()
    await network.provider.send('evm_setAutomine', [false])
    const sent = await owner.sendTransaction({ to: stranger, gasLimit: 21000 })
    await helpers.dropTransaction(sent.hash)
    await helpers.mine()
    await network.provider.send('evm_setAutomine', [true])
    assert.equal(await ethers.provider.getTransaction(sent.hash), null)
  })
})
