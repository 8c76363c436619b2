import BatonModel

/// Where the driver of a run dies: `7` when record 7 is on disk and nothing that follows from it has been done; `7+` when all
/// that has been done, and nothing more is on disk.
public struct CrashPoint: Hashable, Sendable, CustomStringConvertible {
  /// The last record that is on disk.
  public var seq: Int64
  /// What follows from it has been done.
  public var withEffects: Bool

  public init(_ seq: Int64, withEffects: Bool = false) {
    self.seq = seq
    self.withEffects = withEffects
  }

  /// Reads `7` or `7+`.
  public init?(_ text: String) {
    withEffects = text.hasSuffix("+")
    guard let seq = Int64(withEffects ? String(text.dropLast()) : text), seq > 0 else { return nil }
    self.seq = seq
  }

  public var description: String { "\(seq)\(withEffects ? "+" : "")" }

  var death: VirtualJournal.Death { withEffects ? .before(seq + 1) : .after(seq) }
}
