/// How many columns of a terminal a text takes.
///
/// Source: Unicode Standard Annex #11 (East Asian Width: `W` and `F` take two columns), with emoji as terminals draw them;
/// combining marks, joiners and variation selectors take none.
public enum DisplayWidth {
  public static func of(_ text: some StringProtocol) -> Int {
    let bytes = text.utf8
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return bytes.count }
    var width = 0
    for character in text { width += of(character) }
    return width
  }

  public static func of(_ character: Character) -> Int {
    var widest = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xFE0F { return 2 }
      widest = max(widest, of(scalar))
    }
    return widest
  }

  static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0xAD ? 0 : 1 }
    switch value {
    case 0x300...0x36F, 0x483...0x489, 0x591...0x5BD, 0x610...0x61A, 0x64B...0x65F, 0x200B...0x200F, 0x202A...0x202E,
      0x2060...0x2064, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xFEFF, 0xE0100...0xE01EF:
      return 0
    case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0, 0x23F3, 0x25FD...0x25FE,
      0x2614...0x2615, 0x2648...0x2653, 0x267F, 0x2693, 0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5,
      0x26CE, 0x26D4, 0x26EA, 0x26F2...0x26F3, 0x26F5, 0x26FA, 0x26FD, 0x2705, 0x270A...0x270B, 0x2728, 0x274C,
      0x274E, 0x2753...0x2755, 0x2757, 0x2795...0x2797, 0x27B0, 0x27BF, 0x2B1B...0x2B1C, 0x2B50, 0x2B55,
      0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F004, 0x1F0CF,
      0x1F18E, 0x1F191...0x1F19A, 0x1F1E6...0x1F1FF, 0x1F200...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C,
      0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4, 0x1F3F8...0x1F43E,
      0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A,
      0x1F595...0x1F596, 0x1F5A4, 0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC, 0x1F6D0...0x1F6D2,
      0x1F6D5...0x1F6D7, 0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7EB,
      0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// The text in at most so many columns; `…` stands for what was cut off at its end.
  public static func truncated(_ text: String, to columns: Int) -> String {
    guard text.utf8.count > columns, of(text) > columns else { return text }
    guard columns > 0 else { return "" }
    var width = 0
    var end = text.startIndex
    for position in text.indices {
      let next = width + of(text[position])
      if next > columns - 1 { break }
      width = next
      end = text.index(after: position)
    }
    return text[..<end] + "…"
  }

  /// The text, filled up with spaces to so many columns.
  public static func padded(_ text: String, to columns: Int) -> String {
    let width = of(text)
    return width < columns ? text + String(repeating: " ", count: columns - width) : text
  }
}

extension String {
  /// The lines of the text, each ``harmless``.
  var harmlessLines: [String] {
    utf8.contains(0x0A) ? split(separator: "\n").map { String($0).harmless } : [harmless]
  }

  /// The text without what would move the cursor or change the terminal: escape sequences are left out, tabs become
  /// spaces, other control characters a `?`; of a line that was drawn over with a carriage return, its last state remains.
  public var harmless: String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !utf8.contains(0xC2) { return self }
    var clean = String.UnicodeScalarView()
    var scalars = Array(unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch scalar.value {
      case 0x1B: Self.skipEscape(&scalars)
      case 0x09: clean.append(contentsOf: "  ".unicodeScalars)
      case 0x0D: if !scalars.isEmpty, scalars.first != "\n" { clean = .init() }
      case 0x0A: clean.append(" ")
      case 0..<0x20, 0x7F..<0xA0: clean.append("?")
      default: clean.append(scalar)
      }
    }
    return String(clean)
  }

  /// ECMA-48: `ESC [ … final`, `ESC ] … BEL or ESC \`, `ESC x`.
  private static func skipEscape(_ scalars: inout ArraySlice<Unicode.Scalar>) {
    switch scalars.popFirst()?.value {
    case 0x5B: while let scalar = scalars.popFirst(), !(0x40...0x7E).contains(scalar.value) {}
    case 0x5D, 0x50, 0x58, 0x5E, 0x5F:
      while let scalar = scalars.popFirst() {
        if scalar.value == 0x07 { return }
        if scalar.value == 0x1B {
          _ = scalars.popFirst()
          return
        }
      }
    case .some(0x20...0x2F): while let scalar = scalars.popFirst(), (0x20...0x2F).contains(scalar.value) {}
    default: break
    }
  }
}
