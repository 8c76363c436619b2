/// A field of a class of the language's types, or a parameter of a function.
public struct MetaField: Sendable, Hashable {
  public var name: String
  /// As LuaLS writes it: `string|baton.Ref`.
  public var type: String
  public var isOptional: Bool
  public var text: String
}

/// A function: a word of the language, a method or a function of a module.
public struct MetaFunction: Sendable, Hashable {
  public var name: String
  public var text: String
  public var parameters: [MetaField]
  /// What it returns; the name is empty where none is said.
  public var returns: [MetaField]
  /// Other ways to call it, as `fun(…): …`.
  public var overloads: [String]
}

/// A class: the fields of a table, or an object with methods.
public struct MetaClass: Sendable, Hashable {
  public var name: String
  public var parents: [String]
  public var text: String
  public var fields: [MetaField]
  public var methods: [MetaFunction]
  /// How its values are called, where they can be.
  public var overloads: [String]
  /// What the file that describes it calls a value of it: `ctx`.
  public var variable: String?
}

/// A name for a type.
public struct MetaAlias: Sendable, Hashable {
  public var name: String
  public var text: String
  public var type: String
  /// Where it is a list of choices: each with what it means.
  public var choices: [MetaField]
}

/// A global that is no function.
public struct MetaValue: Sendable, Hashable {
  public var name: String
  public var text: String
  public var type: String
}

/// One file of types.
public struct MetaFile: Sendable {
  /// Of a module: what `require` calls it.
  public var module: String?
  /// What the first comment says.
  public var text: String
  public var classes: [MetaClass] = []
  public var aliases: [MetaAlias] = []
  /// Globals, or what the module has; of a module that is a function itself, one with the module's name.
  public var functions: [MetaFunction] = []
  public var values: [MetaValue] = []
}
