import BatonModel
import BatonReport
import CSystem
import Glibc

/// Standard output, for data, and standard error, for messages.
final class Console {
  enum Color: String { case auto, always, never }

  let quiet: Bool
  let verbose: Bool
  /// Whether data and messages are coloured.
  let outputPalette: Palette
  let messagePalette: Palette
  /// Whether a person looks at standard error.
  let isTerminal: Bool
  private var pending: [UInt8] = []
  /// Whether a reader that went away ends the program quietly (else: what is written is lost, and the run goes on).
  var endsWithReader = true

  init(color: Color, quiet: Bool, verbose: Bool) {
    self.quiet = quiet
    self.verbose = verbose
    let dumb = Environment["TERM"] == "dumb"
    isTerminal = isatty(2) == 1 && !dumb
    let wanted = !dumb && (Environment["NO_COLOR"] ?? "").isEmpty
    func colored(_ descriptor: Int32) -> Bool {
      switch color {
      case .always: true
      case .never: false
      case .auto: wanted && isatty(descriptor) == 1
      }
    }
    outputPalette = Palette(on: colored(1))
    messagePalette = Palette(on: colored(2))
  }

  /// Data.
  func out(_ text: String) { out(Array(text.utf8)) }

  func out(_ bytes: [UInt8]) {
    pending += bytes
    if pending.count >= 1 << 16 { flush() }
  }

  /// Hands over what was given to ``out(_:)``.
  func flush() {
    let bytes = pending
    pending = []
    if !bytes.isEmpty { write(bytes, to: 1) }
  }

  /// A message, unless `-q`.
  func note(_ text: String) {
    if !quiet { message(text) }
  }

  /// A message in any case.
  func message(_ text: String) { message(Array((text + "\n").utf8)) }

  func message(_ bytes: [UInt8]) { write(bytes, to: 2) }

  func error(_ error: BatonError) {
    let text = error.text
    let head = error.place == nil ? "baton: " : ""
    let (first, rest) = text.splitAtNewline()
    message(head + messagePalette.diagnostic(first) + rest)
  }

  func diagnostics(_ items: [Diagnostic]) {
    for item in items {
      let (first, rest) = item.text.splitAtNewline()
      message(messagePalette.diagnostic(first) + rest)
    }
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) {
    guard !baton_write_all(descriptor, bytes, bytes.count), endsWithReader else { return }
    if errno == EPIPE { exit(0) }
    if descriptor == 1 {
      message("baton: error: standard output cannot be written: \(File.message(errno))")
      exit(BatonError.Code.failure.rawValue)
    }
  }
}

extension String {
  /// The first line, and the rest with its newline.
  fileprivate func splitAtNewline() -> (String, String) {
    guard let cut = firstIndex(of: "\n") else { return (self, "") }
    return (String(self[..<cut]), String(self[cut...]))
  }
}

/// Environment variables.
enum Environment {
  static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
