import BatonModel
import BatonModules
import BatonTestKit
import Glibc
import Testing

@Suite struct LockTests {
  private let scratch = ScratchFolder()

  private var lock: ModuleLock {
    var lock = ModuleLock()
    var shop = ModuleLock.Module(version: "1.2-1", source: .git("https://example.org/shop.git", commit: "0ab1"))
    shop.asked = ModuleLock.Asked(what: "git+https://example.org/shop.git", version: "v1", servers: ["../rocks"])
    shop.requires = ["kit": ">= 1"]
    shop.permissions = [.environment("A_*"), .read("/etc")]
    shop.trust = [.read("/etc")]
    shop.files = ["share/lua/5.4/shop.lua": SHA256.hex(Array("return 1".utf8))]
    lock.modules["shop"] = shop
    lock.modules["kit"] = ModuleLock.Module(version: "1.0-1", source: .folder("../kit"))
    return lock
  }

  private func problem(_ text: String) -> String {
    do throws(BatonError) {
      _ = try ModuleLock(json: Array(text.utf8), file: "baton.lock")
      return "none"
    } catch {
      return error.message
    }
  }

  @Test func `a lock is read as it was written, sorted, one block a module`() throws {
    let text = lock.text
    #expect(try ModuleLock(json: Array(text.utf8), file: "baton.lock") == lock)
    let kit = try #require(text.firstRange(of: "\"kit\": {"))
    let shop = try #require(text.firstRange(of: "\"shop\": {"))
    #expect(kit.lowerBound < shop.lowerBound)
    #expect(text.hasSuffix("}\n"))
  }

  @Test func `a lock that is damaged, newer or leads out of the tree is refused`() {
    #expect(problem("{").hasPrefix("baton.lock cannot be read: line 1"))
    #expect(problem("[]") == "baton.lock is no lock of modules")
    #expect(problem(lock.text.replacing("\"lock\": 1", with: "\"lock\": 2")).contains("newer Baton"))
    #expect(problem(lock.text.replacing("shop.lua", with: "shop2.lua")).contains("sum of module \"shop\""))
    #expect(problem(lock.text.replacing("share/lua/5.4/shop.lua", with: "../shop.lua")).contains("damaged"))
    #expect(problem(lock.text.replacing("env:A_*", with: "sudo")).contains("damaged: module \"shop\""))
  }

  @Test func `SHA-256 is that of FIPS 180-4`() {
    #expect(SHA256.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256.hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func `permissions say what they cover`() throws {
    let prefix = try #require(Permission("env:SHOP_*"))
    #expect(prefix.covers(.environment("SHOP_TOKEN")) && !prefix.covers(.environment("HOME")))
    #expect(try #require(Permission("read:/etc/")).covers(.read("/etc/ssl/certs")))
    #expect(!(try #require(Permission("read:/etc"))).covers(.read("/etcetera")))
    for text in ["env:", "env:A-B", "env:A*B", "read:etc", "read:/a/../b", "sudo", ""] {
      #expect(Permission(text) == nil, "\(text)")
    }
  }

  @Test func `each file that is altered, missing or new is found`() {
    scratch.makeFolder("share/lua/5.4")
    func write(_ name: String, _ text: String) { scratch.write("share/lua/5.4/\(name)", text) }
    func kinds() -> [String] { TreeCheck.problems(tree: scratch.path, lock: lock).map { "\($0.kind) \($0.file)" } }
    #expect(kinds() == ["missing share/lua/5.4/shop.lua"])
    write("shop.lua", "return 1")
    #expect(kinds() == [])
    write("shop.lua", "return 2")
    write("b.lua", "")
    #expect(kinds() == ["extra share/lua/5.4/b.lua", "altered share/lua/5.4/shop.lua"])
    unlink("\(scratch.path)/share/lua/5.4/shop.lua")
    symlink("/dev/null", "\(scratch.path)/share/lua/5.4/shop.lua")
    #expect(kinds() == ["extra share/lua/5.4/b.lua", "altered share/lua/5.4/shop.lua"])
    #expect(TreeCheck.problems(tree: scratch.path + "/none", lock: lock).map(\.kind) == [.uninstalled])
  }
}
