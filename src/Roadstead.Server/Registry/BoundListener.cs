namespace Roadstead.Server.Registry;

/// <summary>Says, as a feature of a connection, that all paths asked for over it are repositories of one project.</summary>
internal sealed record BoundListener(string Project);
