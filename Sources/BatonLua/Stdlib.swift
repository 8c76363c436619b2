/// The Lua files of `stdlib/`, which are part of the binary.
public enum Stdlib {
  /// Runs once, before the script.
  static let prelude: [UInt8] = PackageResources.prelude_lua

  /// What `require` finds without a file: module → source.
  static let modules: [String: [UInt8]] = [
    "baton.shell": PackageResources.shell_lua
  ]

  /// `---@meta` types of the language, for completion and checks in editors that use the Lua language server.
  public static let typeDefinitions: [UInt8] = PackageResources.baton_lua
}
