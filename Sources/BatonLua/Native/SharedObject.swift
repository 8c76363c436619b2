import BatonModel

/// What the head of a compiled library tells: for which machine it is, and what it needs. ELF as the System V ABI and `elf(5)`
/// describe it; numbers in the order of bytes of this machine.
struct SharedObject {
  /// `e_machine`, such as 62 (x86-64).
  let machine: UInt16
  /// The libraries that it needs, as it names them.
  let needed: [String]

  /// Why bytes are no library that can be loaded here, in words that follow its name.
  struct Unfit: Error {
    var message: String
    var cure: String
  }

  private static let shared: UInt16 = 3
  private static let loaded: UInt32 = 1, dynamic: UInt32 = 2
  private static let needs: UInt64 = 1, strings: UInt64 = 5
  /// More than any library has.
  private static let most = 4096

  #if arch(x86_64)
    static let ownMachine: UInt16 = 62
  #elseif arch(arm64)
    static let ownMachine: UInt16 = 183
  #elseif arch(riscv64)
    static let ownMachine: UInt16 = 243
  #else
    static let ownMachine: UInt16 = 0
  #endif

  private static let machines: [UInt16: String] = [
    3: "x86", 20: "PowerPC", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "arm64", 243: "riscv64",
    258: "loongarch64",
  ]

  private static func name(of machine: UInt16) -> String { machines[machine] ?? "machine \(machine)" }

  /// - Throws: where this machine can't load them.
  init(_ bytes: [UInt8]) throws(Unfit) {
    let here = Self.name(of: Self.ownMachine)
    let rebuild = "take or build the module for \(here)"
    guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      let isMach = bytes.starts(with: [0xCF, 0xFA, 0xED, 0xFE]) || bytes.starts(with: [0xCA, 0xFE, 0xBA, 0xBE])
      let what = bytes.starts(with: [0x4D, 0x5A]) ? "one of Windows" : isMach ? "one of macOS" : nil
      throw Unfit(message: "is no library of Linux" + (what.map { ", but \($0)" } ?? ""), cure: rebuild)
    }
    let reader = Reader(bytes: bytes)
    let isWide = bytes[4] == 2
    let isLittle = bytes[5] == 1
    guard isLittle == (1.littleEndian == 1), let kind = reader.u16(16), let machine = reader.u16(18) else {
      throw Unfit(message: "is for a machine with another order of bytes, not for \(here)", cure: rebuild)
    }
    guard isWide, Self.ownMachine == 0 || machine == Self.ownMachine else {
      throw Unfit(message: "is for \(Self.name(of: machine)), and this machine is \(here)", cure: rebuild)
    }
    guard kind == Self.shared else {
      throw Unfit(message: "is no shared library", cure: "build it as one (-shared -fPIC)")
    }
    self.machine = machine
    needed = Self.needed(reader)
  }

  /// Empty where the tables make no sense: the loader will say so.
  private static func needed(_ reader: Reader) -> [String] {
    guard let start = reader.u64(32), let size = reader.u16(54), let count = reader.u16(56), size >= 56 else {
      return []
    }
    var segments: [(offset: UInt64, address: UInt64, length: UInt64)] = []
    var table: (offset: UInt64, length: UInt64)?
    for number in 0..<min(Int(count), most) {
      let (at, overflow) = start.addingReportingOverflow(UInt64(number) * UInt64(size))
      guard !overflow, let kind = reader.u32(at), let offset = reader.u64(at, 8), let address = reader.u64(at, 16),
        let length = reader.u64(at, 32)
      else { return [] }
      if kind == loaded { segments.append((offset, address, length)) }
      if kind == dynamic { table = (offset, length) }
    }
    guard let table else { return [] }
    var places: [UInt64] = []
    var text: UInt64?
    for number in 0..<min(Int(clamping: table.length / 16), most) {
      guard let tag = reader.u64(table.offset, UInt64(number) * 16),
        let value = reader.u64(table.offset, UInt64(number) * 16 + 8), tag != 0
      else { break }
      if tag == needs { places.append(value) }
      if tag == strings { text = value }
    }
    guard let text, let home = segments.first(where: { text >= $0.address && text - $0.address < $0.length }) else {
      return []
    }
    let (base, overflow) = home.offset.addingReportingOverflow(text - home.address)
    return overflow ? [] : places.compactMap { reader.text(base, $0) }
  }

  /// Numbers at places that may be anywhere.
  private struct Reader {
    let bytes: [UInt8]

    private func number<Number: FixedWidthInteger>(_ base: UInt64, _ more: UInt64) -> Number? {
      let (place, overflow) = base.addingReportingOverflow(more)
      guard !overflow, let start = Int(exactly: place), start <= bytes.count - MemoryLayout<Number>.size else {
        return nil
      }
      return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Number.self) }
    }

    func u16(_ place: UInt64, _ more: UInt64 = 0) -> UInt16? { number(place, more) }
    func u32(_ place: UInt64, _ more: UInt64 = 0) -> UInt32? { number(place, more) }
    func u64(_ place: UInt64, _ more: UInt64 = 0) -> UInt64? { number(place, more) }

    func text(_ base: UInt64, _ more: UInt64) -> String? {
      let (place, overflow) = base.addingReportingOverflow(more)
      guard !overflow, let start = Int(exactly: place), start < bytes.count else { return nil }
      return String(decoding: bytes[start...].prefix(256).prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
