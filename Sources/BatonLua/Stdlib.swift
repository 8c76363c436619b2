/// The Lua files of `stdlib/`, which are part of the binary.
public enum Stdlib {
  /// Runs once, before the script.
  static let prelude: [UInt8] = PackageResources.prelude_lua

  /// The words of specs, behind the prelude: `describe`, `it`, `assert`, `simulate`.
  public static let spec: [UInt8] = PackageResources.spec_lua

  /// Runs when the first durable body is executed.
  static let body: [UInt8] = PackageResources.body_lua

  /// Runs before a script that is read to see what its bodies would do.
  static let explore: [UInt8] = PackageResources.explore_lua

  /// What `require` finds without a file: module → source.
  static let modules: [String: [UInt8]] = [
    "baton.pytest": PackageResources.pytest_lua,
    "baton.runner": PackageResources.runner_lua,
    "baton.shell": PackageResources.shell_lua,
  ]

  /// `---@meta` types of the language, for completion and checks in editors that use the Lua language server.
  public static let typeDefinitions: [UInt8] = PackageResources.baton_lua
}
