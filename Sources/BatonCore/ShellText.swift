import BatonModel

/// What Baton knows of the shell: how a value is quoted for it, and when it can be left out.
public enum ShellText {
  /// One word for a POSIX shell, whatever the text contains; a NUL cannot be passed and is dropped.
  public static func quoted(_ text: String) -> String {
    if !text.isEmpty, text.utf8.allSatisfy(isPlain) { return text }
    return "'"
      + text.filter { $0 != "\0" }.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, 0x30...0x39: true
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ","),
      UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "%"), UInt8(ascii: "="):
      true
    default: false
    }
  }

  /// The words of a command that means the same without a shell: one program with plain arguments, no shell word in it.
  /// nil where only a shell can tell. make and ninja leave the shell out (or not) by the same reasoning: it costs as much
  /// as a small step.
  public static func words(ofPlainCommand text: String) -> [String]? {
    guard text.utf8.count < 4096, text.utf8.allSatisfy({ isPlain($0) || $0 == 0x20 }) else { return nil }
    if !text.isEmpty, !text.utf8.contains(0x20) {
      return text.utf8.contains(UInt8(ascii: "=")) || shellWords.contains(text) ? nil : [text]
    }
    let words = text.split(separator: " ").map(String.init)
    guard let program = words.first, !program.contains("="), !shellWords.contains(program) else { return nil }
    if program == "echo", words.count > 1, words[1].hasPrefix("-") { return nil }
    return words
  }

  /// Reserved words and builtins of the POSIX shell that no program of the same name replaces.
  private static let shellWords: Set<String> = [
    ".", ":", "alias", "bg", "break", "case", "cd", "command", "continue", "do", "done", "elif", "else", "esac", "eval",
    "exec", "exit", "export", "fc", "fg", "fi", "for", "getopts", "hash", "if", "in", "jobs", "kill", "local", "printf",
    "pwd", "read", "readonly", "return", "set", "shift", "source", "test", "then", "time", "times", "trap", "type",
    "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
  ]
}
