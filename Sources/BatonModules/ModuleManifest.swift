import BatonModel

/// What a module says to Baton of itself: `baton/module.json`, which its rockspec has copied (`copy_directories = { "baton" }`).
///
/// ```json
/// { "permissions": ["env:DEPLOY_TOKEN", "read:/etc/ssl/certs"] }
/// ```
public struct ModuleManifest: Sendable {
  /// What it asks for beyond the sandbox.
  public var permissions: [Permission] = []

  public init() {}

  /// - Parameter file: as people know it.
  public init(json: [UInt8], file: String) throws(BatonError) {
    let value: Value
    do throws(JSON.Failure) {
      value = try JSON.decode(json)
    } catch {
      throw BatonError(.usage, "\(file): \(error.message)", cure: "{\"permissions\": []}")
    }
    guard case .map(let fields) = value else {
      throw BatonError(.usage, "\(file) must be an object", cure: "{\"permissions\": []}")
    }
    if let key = fields.keys.sorted().first(where: { $0 != "permissions" }) {
      throw BatonError(
        .usage, "\(file) has an unknown field \"\(key)\"", cure: Names.proposal(for: key, in: ["permissions"]))
    }
    guard let asked = fields["permissions"] else { return }
    guard case .list(let items) = asked else {
      throw BatonError(.usage, "\(file): permissions must be a list", cure: "such as [\"env:DEPLOY_TOKEN\"]")
    }
    for item in items {
      guard let permission = item.string.flatMap(Permission.init) else {
        throw BatonError(
          .usage, "\(file): \(JSON.encode(item)) is no permission", cure: "known are \(Permission.forms)")
      }
      permissions.append(permission)
    }
  }
}
