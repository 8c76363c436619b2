import BatonData
import BatonModel
import BatonTestKit

/// What a scan finds in a masked copy that was altered.
struct PlantedLeaks {
  let format: DataFormat
  let rules: String
  let original: String
  private let folder = ScratchFolder()

  init(_ format: DataFormat, rules: String, original: String) {
    self.format = format
    self.rules = rules
    self.original = original
  }

  /// Masks, lets the copy be altered, and looks.
  func scan(_ alter: (String) -> String) throws -> LeakScan.Result {
    let rules = try MaskRules(json: Array(self.rules.utf8), file: "r")
    let key = try MaskKey("a key of twenty bytes")
    let source = folder.write("in", original)
    _ = try MaskRun(rules, key: key).run(
      format, from: try ByteSource(source), to: try ByteSink("\(folder.path)/out"))
    let copy = try ByteSource(folder.write("copy", alter(folder.text("out"))))
    let scan = LeakScan(rules, key: key)
    func again() throws(BatonError) -> ByteSource { try ByteSource(source) }
    switch format {
    case .csv: return try scan.csv(original: again, masked: copy)
    case .jsonl: return try scan.jsonl(original: again, masked: copy)
    case .sql: throw BatonError(.failure, "no scan of dumps is made here")
    }
  }
}
