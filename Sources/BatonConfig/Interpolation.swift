import BatonModel

/// `${VAR}` in the texts of `baton.json`, as shells and Compose files write it: `${VAR}` must be set, `${VAR:-default}` has a
/// default where it is unset or empty, `${VAR-default}` where it is unset, `${VAR:?why}` says why it is needed; `$$` is a `$`.
/// Defaults may have variables in them.
public enum Interpolation {
  /// What stands in a text's variables.
  public struct Use: Sendable, Hashable {
    public var name: String
    /// It was unset, and its default was taken.
    public var isDefault: Bool
  }

  public struct Failure: Error, Sendable, Hashable {
    public var message: String
    public var cure: String?
    /// A variable is needed that is not set; else the text itself is wrong.
    public var isUnset = false
  }

  /// How deep defaults may nest.
  private static let deepest = 20

  static func isNeeded(_ text: String) -> Bool {
    text.utf8.contains(UInt8(ascii: "$")) && (text.contains("${") || text.contains("$$"))
  }

  /// The text with its variables filled in.
  ///
  /// - Parameter variable: nil for one that is not set.
  public static func fill(
    _ text: String, _ variable: @escaping (String) -> String?
  ) throws(Failure) -> (text: String, uses: [Use]) {
    var filling = Filling(bytes: Array(text.utf8), variable: variable)
    let filled = try filling.text(depth: 0)
    return (String(decoding: filled, as: UTF8.self), filling.uses)
  }

  private struct Filling {
    let bytes: [UInt8]
    let variable: (String) -> String?
    var position = 0
    var uses: [Use] = []

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Up to the end, or the `}` that ends a default.
    mutating func text(depth: Int) throws(Failure) -> [UInt8] {
      var filled: [UInt8] = []
      while let byte = next {
        if byte == UInt8(ascii: "}"), depth > 0 { return filled }
        position += 1
        guard byte == UInt8(ascii: "$") else {
          filled.append(byte)
          continue
        }
        switch next {
        case UInt8(ascii: "$"):
          position += 1
          filled.append(byte)
        case UInt8(ascii: "{"):
          position += 1
          filled += try reference(depth: depth)
        default: filled.append(byte)
        }
      }
      return filled
    }

    private mutating func reference(depth: Int) throws(Failure) -> [UInt8] {
      guard depth < deepest else { throw Failure(message: "has defaults that nest more than \(deepest) deep") }
      let start = position
      while let byte = next, byte.isOfVariable { position += 1 }
      let name = String(decoding: bytes[start..<position], as: UTF8.self)
      guard let first = name.utf8.first, !(0x30...0x39).contains(first) else {
        throw Failure(message: "has a ${ without the name of a variable behind it", cure: "a plain $ is written $$")
      }
      let coversEmpty = next == UInt8(ascii: ":")
      if coversEmpty { position += 1 }
      var known = variable(name)
      if coversEmpty, known?.isEmpty == true { known = nil }
      let form = next
      var rest: [UInt8]?
      if form == UInt8(ascii: "-") || form == UInt8(ascii: "?") {
        position += 1
        let before = uses.count
        let variable = variable
        // Of a default that is not taken, nothing has to be set.
        var inner = Filling(
          bytes: bytes, variable: known == nil ? variable : { variable($0) ?? "" }, position: position)
        rest = try inner.text(depth: depth + 1)
        position = inner.position
        if known == nil { uses.insert(contentsOf: inner.uses, at: before) }
      } else if coversEmpty {
        throw Failure(
          message: "has ${\(name): with neither - nor ? behind it", cure: "${\(name):-default}, ${\(name):?why}")
      }
      guard next == UInt8(ascii: "}") else {
        throw Failure(message: "has a ${\(name) that does not end in }", cure: "a plain $ is written $$")
      }
      position += 1
      if let known {
        uses.append(Use(name: name, isDefault: false))
        return Array(known.utf8)
      }
      if form == UInt8(ascii: "-"), let rest {
        uses.append(Use(name: name, isDefault: true))
        return rest
      }
      let why = rest.map { String(decoding: $0, as: UTF8.self) } ?? ""
      throw Failure(
        message: "needs the environment variable \(name), which is not set\(why.isEmpty ? "" : ": \(why)")",
        cure: "export \(name)=…, or give it a default: ${\(name):-…}", isUnset: true)
    }
  }
}

extension UInt8 {
  fileprivate var isOfVariable: Bool {
    switch self {
    case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "_"): true
    default: false
    }
  }
}
