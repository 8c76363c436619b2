import BatonCore
import BatonModel
import BatonReport
import BatonRuntime

/// Which of a step's declared inputs changed, where its fingerprint tells only that their contents did: by the listings that
/// runs keep (``RunFolder/inputs``).
struct InputChanges {
  private let folder: ProjectFolder
  /// So many files are named one by one.
  private static let longest = 20

  init(_ project: Project) { folder = project.folder }

  /// Names them in what a resumption would do, and in the reasons that it records.
  ///
  /// - Parameter now: step → what its inputs contain now.
  func name(in plan: inout ResumePlan, of run: String, now: [String: InputDigest]) {
    for index in plan.again.indices {
      let decision = plan.again[index]
      guard
        let part = decision.differences.first(where: { $0.name == FingerprintBuilder.contents }),
        let before = part.before.flatMap({ listing($0, of: run) }), let files = now[decision.step]?.files
      else { continue }
      let changes = Self.changes(from: before, to: files)
      guard let first = changes.first else { continue }
      plan.again[index].differences = decision.differences.flatMap { difference in
        difference.name == part.name ? changes.map { (name: $0.part, before: $0.before, now: $0.now) } : [difference]
      }
      let bare = "\(FingerprintBuilder.contents) changed"
      guard decision.reason.hasPrefix(bare) else { continue }
      let count = Self.count(from: before, to: files)
      let reason = Self.text(first, count: count) + decision.reason.dropFirst(bare.count)
      plan.again[index].reason = reason
      if plan.invalidated[decision.step] == decision.reason { plan.invalidated[decision.step] = reason }
    }
  }

  /// Names them among the differences between the work of one run and of another (or of the same one, earlier).
  func named(_ differences: [WhyReport.Difference], before: String, now: String) -> [WhyReport.Difference] {
    differences.flatMap { difference -> [WhyReport.Difference] in
      guard difference.part == FingerprintBuilder.contents,
        let old = difference.before.flatMap({ listing($0, of: before) }),
        let new = difference.now.flatMap({ listing($0, of: now) })
      else { return [difference] }
      let changes = Self.changes(from: old, to: new)
      return changes.isEmpty ? [difference] : changes
    }
  }

  /// Path → digest; nil where the run kept none.
  private func listing(_ digest: String, of run: String) -> [String: String]? {
    guard !digest.contains("/"), let text = try? File.read("\(folder.run(run).inputs)/\(digest).json"),
      let files = (try? JSON.decode(text))?.map
    else { return nil }
    return files.compactMapValues(\.string)
  }

  private static func differing(_ old: [String: String], _ new: [String: String]) -> [String] {
    Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
  }

  private static func count(from old: [String: String], to new: [String: String]) -> Int { differing(old, new).count }

  private static func changes(from old: [String: String], to new: [String: String]) -> [WhyReport.Difference] {
    let paths = differing(old, new)
    var changes = paths.prefix(longest).map { path in
      WhyReport.Difference(part: "input \(path)", before: old[path].map(short), now: new[path].map(short))
    }
    if paths.count > longest {
      changes.append(WhyReport.Difference(part: "inputs", before: nil, now: "and \(paths.count - longest) more"))
    }
    return changes
  }

  /// Of a digest its beginning; what follows it (`executable`, the target of a link) whole.
  private static func short(_ content: String) -> String {
    content.split(separator: " ").map { $0.utf8.count == 64 ? String($0.prefix(12)) : String($0) }.joined(
      separator: " ")
  }

  /// `src/a.txt changed`, `src/a.txt is new`, `src/a.txt and 2 more inputs changed`.
  private static func text(_ first: WhyReport.Difference, count: Int) -> String {
    let path = first.part.dropFirst("input ".count)
    if count > 1 { return "\(path) and \(count - 1) more \(count == 2 ? "input" : "inputs") changed" }
    return first.before == nil ? "\(path) is new" : first.now == nil ? "\(path) is gone" : "\(path) changed"
  }
}
