import BatonModel

/// What the process is told that runs a step which leases something.
public struct LeaseRequest: Sendable {
  /// The word by which the program does so.
  public static let command = "lease"
  /// The file that says what is leased.
  public static let variable = "BATON_LEASE"
  public static let fileSuffix = ".lease"
  /// Tells a courier which of its variables say what is leased, names between blanks: they go with the step.
  public static let leased = "BATON_LEASED"

  /// Of the project.
  public var database: String
  public var leases: [LeaseSpec]
  public var priority: Int64
  /// Run and step.
  public var purpose: String

  public init(database: String, leases: [LeaseSpec], priority: Int64, purpose: String) {
    self.database = database
    self.leases = leases
    self.priority = priority
    self.purpose = purpose
  }

  public var value: Value {
    [
      "database": .string(database), "leases": .list(leases.map(\.value)), "priority": .integer(priority),
      "purpose": .string(purpose),
    ]
  }

  public init?(_ value: Value) {
    guard let database = value["database"]?.string, let leases = value["leases"]?.list,
      let purpose = value["purpose"]?.string
    else { return nil }
    self.init(
      database: database, leases: leases.compactMap(LeaseSpec.init), priority: value["priority"]?.integer ?? 0,
      purpose: purpose)
  }

  /// A name as part of a variable's: `usb-hub` is `USB_HUB`.
  public static func word(_ name: String) -> String {
    String(
      decoding: name.uppercased().utf8.map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A: byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }

  /// What the variables begin with that tell of the member of a pool.
  public static func prefix(of pool: String) -> String { "LEASE_\(word(pool))" }
}
