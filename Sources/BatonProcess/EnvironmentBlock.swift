import CSystem
import Glibc

/// The engine's own environment, ready to be handed to a process with a few changes.
///
/// The strings are copied once; a launch adds only what is its own.
final class EnvironmentBlock {
  private var strings: [UnsafeMutablePointer<CChar>?] = []
  private var places: [String: Int] = [:]
  /// The engine's `PATH`.
  let path: String
  /// The engine's `BATON_ATTEMPT`, when it is itself a process of a step.
  let attempt: String?

  /// What describes an outer engine's step and means nothing to the steps of this one.
  private static let outer: Set<String> = [
    "BATON_ATTEMPT", "BATON_OUTPUT", "BATON_EVENTS", "BATON_CHECKPOINT", "BATON_RUN", "BATON_WORKFLOW", "BATON_STEP",
    "BATON_ATTEMPT_NUMBER", "BATON_TESTS", "BATON_FAULT",
  ]

  init() {
    var index = 0
    while let entry = baton_environment()?[index] {
      index += 1
      let name = String(cString: entry).prefix { $0 != "=" }
      guard !Self.outer.contains(String(name)) else { continue }
      places[String(name)] = strings.count
      strings.append(strdup(entry))
    }
    path = getenv("PATH").map { String(cString: $0) } ?? ProgramLookup.standardPath
    attempt = getenv("BATON_ATTEMPT").map { String(cString: $0) }
  }

  deinit { for string in strings { free(string) } }

  var pointers: [UnsafeMutablePointer<CChar>?] { strings }

  func place(of name: String) -> Int? { places[name] }
}

/// The strings of one launch in one piece of memory, as execve(2) wants them. Used again for the next launch.
struct LaunchStrings {
  private var bytes: [UInt8] = []
  private var argumentOffsets: [Int] = []
  /// Where in the environment block a string replaces another; nil: it is added.
  private var environmentOffsets: [(offset: Int, place: Int?)] = []

  /// A zero byte would cut the string short without a word.
  struct ZeroByte: Error {
    var what: String
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    argumentOffsets.removeAll(keepingCapacity: true)
    environmentOffsets.removeAll(keepingCapacity: true)
  }

  mutating func addArgument(_ text: String) throws(ZeroByte) {
    argumentOffsets.append(bytes.count)
    guard append(text) else { throw ZeroByte(what: "argument \(argumentOffsets.count - 1)") }
    bytes.append(0)
  }

  mutating func addEnvironment(_ name: String, _ value: String, in block: EnvironmentBlock) throws(ZeroByte) {
    environmentOffsets.append((bytes.count, block.place(of: name)))
    guard append(name) else { throw ZeroByte(what: "the name of an environment variable") }
    bytes.append(UInt8(ascii: "="))
    guard append(value) else { throw ZeroByte(what: "the environment variable \(name)") }
    bytes.append(0)
  }

  private mutating func append(_ text: String) -> Bool {
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    return !bytes[start...].contains(0)
  }

  typealias Strings = UnsafePointer<UnsafeMutablePointer<CChar>?>

  /// Calls with argument list and environment, both ended by NULL, valid for the call.
  mutating func withPointers<Result>(
    _ block: EnvironmentBlock, _ body: (_ arguments: Strings, _ environment: Strings) -> Result
  ) -> Result {
    bytes.withUnsafeMutableBytes { memory in
      func pointer(_ offset: Int) -> UnsafeMutablePointer<CChar>? {
        memory.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
      }
      var arguments = argumentOffsets.map { pointer($0) }
      arguments.append(nil)
      var environment = block.pointers
      for (offset, place) in environmentOffsets {
        if let place { environment[place] = pointer(offset) } else { environment.append(pointer(offset)) }
      }
      environment.append(nil)
      return arguments.withUnsafeBufferPointer { arguments in
        environment.withUnsafeBufferPointer { environment in
          body(arguments.baseAddress!, environment.baseAddress!)
        }
      }
    }
  }
}
