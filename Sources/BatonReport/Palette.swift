import BatonModel

/// Colours for a terminal (ECMA-48 SGR), or none.
public struct Palette: Sendable {
  public let on: Bool

  public init(on: Bool) { self.on = on }

  public static let plain = Palette(on: false)

  public enum Shade: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case magenta = "35"
    case cyan = "36"
    case dim = "2"
    case bold = "1"
  }

  public func callAsFunction(_ shade: Shade, _ text: String) -> String {
    on && !text.isEmpty ? "\u{1B}[\(shade.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// A diagnostic's first line, with its severity coloured.
  public func diagnostic(_ line: String) -> String {
    guard on else { return line }
    for (word, shade) in [("error:", Shade.red), ("warning:", .yellow)] {
      guard let range = line.firstRange(ofText: word) else { continue }
      return self(.bold, String(line[..<range.lowerBound])) + self(shade, word) + line[range.upperBound...]
    }
    return line
  }
}

extension String {
  func firstRange(ofText word: String) -> Range<String.Index>? {
    var position = startIndex
    while position < endIndex {
      if self[position...].hasPrefix(word) { return position..<index(position, offsetBy: word.count) }
      position = index(after: position)
    }
    return nil
  }
}

/// How a status looks.
public struct StatusMark: Sendable {
  public let symbol: String
  public let shade: Palette.Shade

  public init(_ status: StepStatus, allowed: Bool = false) {
    (symbol, shade) =
      switch status {
      case .pending: ("·", .dim)
      case .ready: ("○", .dim)
      case .running: ("▶", .cyan)
      case .retrying: ("↻", .yellow)
      case .waiting: ("⧖", .yellow)
      case .succeeded: ("✓", .green)
      case .kept: ("=", .green)
      case .cached: ("≡", .green)
      case .failed: allowed ? ("!", .yellow) : ("✗", .red)
      case .skipped: ("-", .dim)
      case .cancelled: ("⊘", .yellow)
      case .undone: ("↶", .yellow)
      }
  }

  /// Of what is not as it should be, and lets the run go on.
  static let warning = StatusMark(symbol: "!", shade: .yellow)

  private init(symbol: String, shade: Palette.Shade) {
    self.symbol = symbol
    self.shade = shade
  }

  public init(_ status: RunStatus) {
    (symbol, shade) =
      switch status {
      case .running: ("▶", .cyan)
      case .waiting: ("⧖", .yellow)
      case .succeeded: ("✓", .green)
      case .failed: ("✗", .red)
      case .halted: ("■", .red)
      case .cancelled: ("⊘", .yellow)
      case .interrupted: ("‖", .yellow)
      }
  }

  public func text(_ palette: Palette) -> String { palette(shade, symbol) }
}
