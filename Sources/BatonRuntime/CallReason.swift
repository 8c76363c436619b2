/// Why a called run did not succeed, where the called workflow calls another one that did not: the cause that lies innermost,
/// said once, whatever lies between.
enum CallReason {
  /// What follows the id of a run that did not succeed.
  private static let marks = [" failed: ", " was halted: ", " was cancelled: ", " could not be started: "]
  private static let inner = "because run "

  /// - Parameter reason: why the run did not succeed, as its driver told it: `b: b/call-1 failed: run 9ehv1rs0 failed: x`.
  /// - Returns: `because run 9ehv1rs0 failed: x`, or the reason itself where no run below is behind it.
  static func innermost(_ reason: Substring) -> String {
    if let found = reason.firstRange(of: inner), isRun(reason[found.upperBound...].prefix(8)) {
      return String(reason[found.lowerBound...])
    }
    // The innermost stands last.
    var last: Substring?
    for mark in marks {
      var rest = reason
      while let found = rest.firstRange(of: mark) {
        let before = reason[..<found.lowerBound]
        let run = before.suffix(8)
        if isRun(run), before.dropLast(8).hasSuffix("run "), last.map({ $0.startIndex < run.startIndex }) ?? true {
          last = reason[run.startIndex...]
        }
        rest = reason[found.upperBound...]
      }
    }
    return last.map { inner + $0 } ?? String(reason)
  }

  /// Whether it is the id of a run.
  private static func isRun(_ word: Substring) -> Bool {
    word.utf8.count == 8
      && word.utf8.allSatisfy { (0x30...0x39).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
  }
}
