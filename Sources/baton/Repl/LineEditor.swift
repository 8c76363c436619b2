import CEdit
import Glibc

/// Lines from a terminal, with history and completion; or from a file or pipe, one after the other.
final class LineEditor {
  enum Line {
    case text(String)
    /// Ctrl-C: what was typed is given up.
    case cancelled
    case end
  }

  /// What stands before the cursor → how many of its bytes are replaced, and by what.
  typealias Complete = (_ text: String) -> (replaced: Int, words: [String])

  private final class Completer {
    let complete: Complete
    init(_ complete: @escaping Complete) { self.complete = complete }
  }

  private let completer: Completer
  private var editor: OpaquePointer?
  /// Why there is a terminal and no editor.
  private(set) var reason: String?

  /// - Parameter history: the file in which lines are kept; nil: none.
  init(isTerminal: Bool, history: String?, complete: @escaping Complete) {
    completer = Completer(complete)
    guard isTerminal else { return }
    var message = [CChar](repeating: 0, count: 300)
    let context = Unmanaged.passUnretained(completer).toOpaque()
    editor = baton_edit_open("libedit.so.2", history, Self.callback, context, &message, message.count)
    if editor == nil { reason = message.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } }
  }

  deinit { if let editor { baton_edit_close(editor) } }

  private static let callback: baton_edit_complete = { context, text, length, replaced in
    guard let context, let text, let replaced else { return nil }
    let completer = Unmanaged<Completer>.fromOpaque(context).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: text, count: length)
    let found = completer.complete(String(decoding: bytes, as: UTF8.self))
    guard !found.words.isEmpty else { return nil }
    replaced.pointee = min(found.replaced, length)
    return strdup(found.words.joined(separator: "\n"))
  }

  func read(_ prompt: String) -> Line {
    guard let editor else { return readLine(strippingNewline: true).map(Line.text) ?? .end }
    var line: UnsafePointer<CChar>?
    switch Int(baton_edit_read(editor, prompt, &line)) {
    case BATON_EDIT_LINE:
      var text = line.map { String(cString: $0) } ?? ""
      if text.last == "\n" { text.removeLast() }
      return .text(text)
    case BATON_EDIT_CANCELLED: return .cancelled
    default: return .end
    }
  }

  /// Keeps a chunk in the history.
  func remember(_ chunk: String) { if let editor { baton_edit_remember(editor, chunk) } }
}
