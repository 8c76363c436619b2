import BatonCore
import BatonModel

/// What a durable body would do, as lines for people: `baton plan`, `baton graph`.
public enum OutlineText {
  /// - Returns: lines without their newlines; what belongs to a line is indented below it by two columns.
  public static func lines(_ outline: BodyOutline, palette: Palette = .plain) -> [String] {
    var writer = Writer(palette: palette)
    writer.write(outline.items, depth: 0)
    if !outline.isComplete {
      writer.add("… there are more ways through this body than were followed", depth: 0, .yellow)
    }
    return writer.lines
  }

  /// An operation in a line, such as `deploy-eu  ./deploy eu`.
  static func title(_ operation: BodyOutline.Operation) -> (name: String, text: String) {
    let text = DisplayWidth.truncated(CommandText.oneLine(operation.text).harmless, to: 60)
    switch operation.kind {
    case "step", "sh", "exec": return (operation.name.harmless, text)
    case let kind: return (operation.name.isEmpty ? kind : "\(kind) \(operation.name.harmless)", text)
    }
  }

  /// How a way ends, in words.
  static func ending(_ how: BodyOutline.Ending, _ text: String) -> String {
    let what = DisplayWidth.truncated(text.harmless, to: 80)
    switch how {
    case .returns: return "returns"
    case .halts: return what.isEmpty ? "halts" : "halts: \(what)"
    case .fails: return what.isEmpty ? "fails" : "fails: \(what)"
    case .raises: return what.isEmpty ? "raises" : "raises: \(what)"
    case .repeats: return "… and so on"
    case .long: return what.isEmpty ? "… too long to be followed" : "… too long to be followed: \(what)"
    }
  }

  private struct Writer {
    let palette: Palette
    var lines: [String] = []

    mutating func add(_ text: String, depth: Int, _ shade: Palette.Shade? = nil) {
      let shown = shade.map { palette($0, text) } ?? text
      lines.append(String(repeating: "  ", count: depth) + shown)
    }

    mutating func write(_ items: [BodyOutline.Item], depth: Int) {
      for item in items {
        switch item {
        case .operation(let operation, let inner):
          let (name, text) = OutlineText.title(operation)
          let start = operation.isStarted ? palette(.dim, "  (beside what follows)") : ""
          add(name + (text.isEmpty ? "" : "  " + palette(.dim, text)) + start, depth: depth)
          write(inner, depth: depth + 1)
        case .alternatives(let condition, let line, let then, let otherwise):
          let place = palette(.dim, "  line \(line)")
          let text = DisplayWidth.truncated(condition.harmless, to: 80)
          add(palette(.cyan, "\(then.isEmpty ? "unless" : "if") \(text)") + place, depth: depth)
          write(then.isEmpty ? otherwise : then, depth: depth + 1)
          if !then.isEmpty, !otherwise.isEmpty {
            add("otherwise", depth: depth, .cyan)
            write(otherwise, depth: depth + 1)
          }
        case .loop(let text, let line, let inner):
          add(palette(.cyan, "repeats: \(text.harmless)") + palette(.dim, "  line \(line)"), depth: depth)
          write(inner, depth: depth + 1)
        case .together(let text, let line, let inner):
          add(palette(.cyan, text.harmless) + palette(.dim, "  line \(line)"), depth: depth)
          write(inner, depth: depth + 1)
        case .leavesLoop: add("leaves the loop", depth: depth, .dim)
        case .ends(let how, let text, _):
          add(OutlineText.ending(how, text), depth: depth, how == .returns || how == .repeats ? .dim : .red)
        case .unexplored: add("… was not followed", depth: depth, .yellow)
        }
      }
    }
  }
}
