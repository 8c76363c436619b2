import BatonCore
import BatonModel
import BatonRuntime

enum ControlInbox { static func write(_ request: ControlRequest, to: String) throws {} }
