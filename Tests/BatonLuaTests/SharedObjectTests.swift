import BatonModel
import Glibc
import Testing

@testable import BatonLua

/// What is told of a compiled library before it is loaded.
@Suite struct SharedObjectTests {
  /// The bytes of a library that is loaded into this process, by a part of its name.
  private static func library(_ part: String) throws -> [UInt8] {
    let maps = SystemText.read("/proc/self/maps").split(separator: "\n")
    let path = try #require(maps.lazy.compactMap { $0.split(separator: " ").last }.first { $0.contains(part) })
    return try #require(SystemFiles.read(String(path)))
  }

  private enum SystemText {
    static func read(_ path: String) -> String {
      guard let file = fopen(path, "r") else { return "" }
      defer { fclose(file) }
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return String(decoding: text, as: UTF8.self) }
        text += buffer[..<count]
      }
    }
  }

  @Test func `a library of this machine is one, and names what it needs`() throws {
    let object = try SharedObject(try Self.library("libstdc++.so"))
    #expect(object.machine == SharedObject.ownMachine)
    #expect(object.needed.contains("libc.so.6") && object.needed.contains("libm.so.6"))
  }

  @Test func `no bytes make it fail, wherever they end and whatever they say`() throws {
    let bytes = Array(try Self.library("libm.so").prefix(6000))
    for length in 0...bytes.count { _ = try? SharedObject(Array(bytes[..<length])) }
    var number: UInt64 = 1
    for _ in 0..<3000 {
      var other = bytes
      for _ in 0..<8 {
        number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // Mostly the head and the table of segments.
        other[Int(number >> 33) % (number & 1 == 0 ? 1000 : other.count)] = UInt8(truncatingIfNeeded: number >> 25)
      }
      _ = try? SharedObject(other)
    }
  }

  @Test func `the function that makes a module is looked for as Lua does`() {
    #expect(CompiledLibrary.symbols(of: "a") == ["luaopen_a"])
    #expect(CompiledLibrary.symbols(of: "a.b.c") == ["luaopen_a_b_c"])
    #expect(CompiledLibrary.symbols(of: "v1-a.b") == ["luaopen_v1", "luaopen_a_b"])
  }
}
