import BatonChecks
import BatonModel

extension Rule {
  /// What `baton check --explain` tells, as a topic that is asked for by the code.
  var topic: Topic {
    var topic = Topic(name: code, group: .checks, usage: "\(code)  \(title)", text: "", about: title)
    // Paragraphs, and between them lines that stand as they are.
    var isCode = false
    for part in explanation.trimmed.split(separator: "\n\n") {
      isCode = part.split(separator: "\n").allSatisfy { $0.hasPrefix("  ") }
      if isCode {
        topic.sections.append(.init("", code: String(part)))
      } else if topic.sections.isEmpty {
        topic.text += (topic.text.isEmpty ? "" : "\n\n") + part
      } else {
        topic.sections.append(.init("", text: String(part)))
      }
    }
    let mended = isFixable ? ", mended by `baton check --fix` where that is certain" : ""
    topic.sections += [
      .init("Wrong", code: bad.trimmed), .init("Right", code: good.trimmed),
      .init("", text: "\(severity.phrase)\(mended). To let it pass in one place: `-- baton: ignore \(code)`."),
    ]
    topic.related = ["check"]
    return topic
  }
}

extension Diagnostic.Severity {
  fileprivate var phrase: String { self == .error ? "An error" : "A warning" }
}
