import BatonCore
import BatonModel
import BatonRuntime

enum EventCoding { static func event(of: StampedRecord, run: String) -> Value? { nil } }
enum ControlInbox { static func write(_ request: ControlRequest, to: String) throws {} }
