import BatonModel

/// Where the files of a project's runs lie: all of them below its `.baton`.
public struct ProjectFolder: Sendable, Hashable {
  /// The project's folder, absolute.
  public var root: String

  public init(root: String) { self.root = root }

  /// The folder of everything that Baton keeps.
  public var baton: String { root == "/" ? "/.baton" : "\(root)/.baton" }
  public var database: String { "\(baton)/baton.db" }
  public var runs: String { "\(baton)/runs" }
  public var cache: String { "\(baton)/cache" }
  public var locks: String { "\(baton)/locks" }

  public func run(_ id: String) -> RunFolder { RunFolder(path: "\(runs)/\(id)") }
}

/// Where the files of one run lie.
public struct RunFolder: Sendable, Hashable {
  /// Absolute: `.baton/runs/ID`.
  public var path: String

  public init(path: String) { self.path = path }

  /// Requests to the run's driver.
  public var inbox: String { "\(path)/inbox" }
  public var temporary: String { "\(path)/tmp" }
  public var logs: String { "\(path)/logs" }
  /// What services keep, as long as the run has not succeeded.
  public var services: String { "\(path)/services" }
  /// What runs in containers and on other hosts for it: a note each, so that it can be ended by whoever carries the run on.
  public var elsewhere: String { "\(path)/elsewhere" }
  public var artifacts: String { "\(path)/artifacts" }

  public var results: String { "\(path)/results" }
  /// What the declared inputs of steps were, one file for each content that they had: `DIGEST.json` holds path → digest.
  public var inputs: String { "\(path)/inputs" }

  /// What was read of the results of one attempt, relative to the run's folder; 0: of a step that was not run (cached).
  public static func results(step: String, attempt: Int) -> String {
    "results/\(fileName(of: step)).\(attempt).ndjson"
  }

  /// The cases that failed in it, for the next attempt: `BATON_FAILED_TESTS`.
  public static func failedTests(step: String, attempt: Int) -> String {
    "results/\(fileName(of: step)).\(attempt).failed.ndjson"
  }

  /// The output of one attempt.
  public func log(step: String, attempt: Int) -> String {
    // In one piece: it is asked for each start.
    String(joining: path, "/logs/", Self.fileName(of: step), ".", String(attempt), ".log")
  }

  /// A step's name as the name of a file: bytes other than `A-Z a-z 0-9 _ . - [ ] = , + @` become `%XX`; of a name that is
  /// then too long for a file system, the beginning and a hash (FNV-1a, 64 bits) of the whole remain.
  public static func fileName(of step: String) -> String {
    if step.utf8.count <= 200, step.utf8.allSatisfy(isPlain) { return step }
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in step.utf8 {
      if isPlain(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    guard bytes.count > 200 else { return String(decoding: bytes, as: UTF8.self) }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in step.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(decoding: bytes.prefix(180), as: UTF8.self) + "~" + String(hash, radix: 16)
  }

  /// Whether a byte stands for itself.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, 0x30...0x39: true
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "@"):
      true
    default: false
    }
  }
}
