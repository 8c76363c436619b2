import BatonModel

/// One spelling for the many names that a test has: what runners list and take (`tests/test_sum.py::TestSum::test_add[1-2]`,
/// `CoreTests.SumTests/adds()`, `example.com/shop/cart.TestTotal`), and what their reports say (class `tests.test_sum.TestSum`,
/// name `test_add`, parameters `1-2`).
///
/// Separators (`::`, `/`, `\`, `#`) become `.`, the extension of a file in front of `::` goes, and so do empty brackets at the
/// end. Parameters in `[…]` at the end stay as they are. Sources: pytest's `mangle_test_address` (`_pytest/junitxml.py`), the
/// output of `swift test list`, `go test -json`, `ctest --show-only`.
public enum TestKey {
  public static func normalised(_ name: String) -> String {
    let bytes = Array(name.utf8)
    var base = bytes[...]
    var parameters: ArraySlice<UInt8> = []
    if bytes.last == UInt8(ascii: "]"), let open = bytes.firstIndex(of: UInt8(ascii: "[")), open > 0 {
      base = bytes[..<open]
      parameters = bytes[open...]
    }
    base = withoutExtension(base)
    if base.count > 2, base.suffix(2).elementsEqual("()".utf8) { base = base.dropLast(2) }
    if base.starts(with: "./".utf8) { base = base.dropFirst(2) }
    var key: [UInt8] = []
    key.reserveCapacity(bytes.count)
    for byte in base {
      switch byte {
      case UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "."):
        if key.last != dot, !key.isEmpty { key.append(dot) }
      default: key.append(byte)
      }
    }
    if key.last == dot { key.removeLast() }
    return String(decoding: key + parameters, as: UTF8.self)
  }

  /// How a report's case may read in a list, the most precise first.
  public static func spellings(of identity: TestIdentity) -> [String] {
    let name = FileMark.unmarked(identity.name) ?? identity.name
    var bases: [String] = []
    if !identity.className.isEmpty {
      bases.append("\(identity.className).\(name)")
      if !identity.suite.isEmpty { bases.append("\(identity.suite).\(identity.className).\(name)") }
    }
    if !identity.suite.isEmpty { bases.append("\(identity.suite).\(name)") }
    bases.append(name)
    var spellings: [String] = []
    func add(_ spelling: String) { if !spellings.contains(spelling) { spellings.append(spelling) } }
    for base in bases {
      if identity.parameters.isEmpty {
        add(normalised(base))
      } else {
        add(normalised("\(base)[\(identity.parameters)]"))
        // GoogleTest's `Sums/Adds.Works/0`.
        add(normalised("\(base)/\(identity.parameters)"))
      }
    }
    return spellings
  }

  /// The key, then what it is a part of: the function without its parameters, its class, its file, its folder.
  public static func widening(_ key: String) -> [String] {
    var keys = [key]
    var rest = key[...]
    if rest.utf8.last == UInt8(ascii: "]"), let open = rest.utf8.firstIndex(of: UInt8(ascii: "[")),
      open > rest.startIndex
    {
      rest = rest[..<open]
      keys.append(String(rest))
    }
    while let point = rest.utf8.lastIndex(of: dot), point > rest.startIndex {
      rest = rest[..<point]
      keys.append(String(rest))
    }
    return keys
  }

  private static let dot = UInt8(ascii: ".")

  /// `a/test_b.py::C::d` → `a/test_b::C::d`; a list of files alone (`a/test_b.py`) loses it too.
  private static func withoutExtension(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let end =
      (name.indices.first { $0 + 1 < name.endIndex && name[$0] == colon && name[$0 + 1] == colon }) ?? name.endIndex
    let file = name[..<end]
    let start = file.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? file.startIndex
    guard let point = file[start...].lastIndex(of: dot), point > start else { return name }
    let isFile = end < name.endIndex || isExtension(file[(point + 1)...])
    return isFile ? ArraySlice(Array(file[..<point]) + Array(name[end...])) : name
  }

  private static let colon = UInt8(ascii: ":")
  private static let extensions: Set<String> = ["py", "js", "jsx", "mjs", "cjs", "ts", "tsx", "rb", "php", "lua"]

  private static func isExtension(_ bytes: ArraySlice<UInt8>) -> Bool {
    extensions.contains(String(decoding: bytes, as: UTF8.self))
  }
}
