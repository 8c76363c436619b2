import BatonCore
import BatonModel

/// Makes the messages that a run owes, of what its workflow says of them and of what happened.
public struct NoticeWriter {
  private let notifications: [NotificationSpec]
  private let evaluation: Evaluation
  private let call: (Callback, [Value]) -> CallbackResult
  private let mask: (String) -> String

  /// - Parameters:
  ///   - call: calls a function of the workflow.
  ///   - mask: hides secrets in what is told of a failure.
  public init(
    _ notifications: [NotificationSpec], _ evaluation: Evaluation,
    call: @escaping (Callback, [Value]) -> CallbackResult, mask: @escaping (String) -> String
  ) {
    self.notifications = notifications
    self.evaluation = evaluation
    self.call = call
    self.mask = mask
  }

  public enum Made {
    /// To be sent, and what people are to know of it.
    case message(OutgoingMessage, warnings: [String])
    /// It cannot be sent: why, and what people are to know of it.
    case impossible(String, warning: String?)
  }

  public func make(_ outstanding: RunFacts.Outstanding) -> Made {
    guard let lane = NoticeLane(name: outstanding.name, key: outstanding.key),
      let spec = notifications.first(where: { $0.name == lane.name }), spec.to.indices.contains(lane.target)
    else { return .impossible("the workflow has no notification \"\(outstanding.name)\" any more", warning: nil) }
    let target = spec.to[lane.target]
    do throws(Evaluation.Failure) {
      var settings: [String: Value] = [:]
      for (name, expr) in target.settings { settings[name] = try evaluation.value(of: expr) }
      let text = ownWords(spec.message, outstanding.event)
      var message = OutgoingMessage(
        name: spec.name, key: outstanding.key, channel: target.channel, settings: settings,
        text: text.words ?? Announcement(outstanding.event).text, event: outstanding.event)
      let title = ownWords(spec.title, outstanding.event)
      message.title = title.words
      message.isStandard = text.words == nil
      var warnings: [String] = []
      // A message that cannot be made must not silence what it was to tell.
      for (part, problem) in [("message", text.problem), ("title", title.problem)] {
        guard let problem else { continue }
        warnings.append("notification \"\(spec.name)\": its \(part): \(problem); the usual one is sent")
        message.text += "\n(The \(part) that the workflow has for this could not be made: \(problem))"
        message.isStandard = false
      }
      return .message(message, warnings: warnings)
    } catch {
      return .impossible(error.text, warning: "notification \"\(spec.name)\": \(error.text)")
    }
  }

  private func ownWords(
    _ message: NotificationSpec.Message, _ event: Value
  ) -> (words: String?, problem: String?) {
    do throws(Evaluation.Failure) { return (try words(message, event), nil) } catch {
      return (nil, mask(error.text))
    }
  }

  /// nil: the channel's own words.
  private func words(
    _ message: NotificationSpec.Message, _ event: Value
  ) throws(Evaluation.Failure) -> String? {
    switch message {
    case .text(let template): return try evaluation.text(of: template)
    case .callback(let callback):
      switch call(callback, [event]) {
      case .returned(let values): return values.first.flatMap { $0 == .null ? nil : $0.text }
      case let other: throw .callback(other)
      }
    case .standard: return nil
    }
  }
}
