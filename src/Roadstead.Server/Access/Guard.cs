namespace Roadstead.Server.Access;

/// <summary>Who may use a route of the management API.</summary>
internal enum Guard
{
    /// <summary>Anyone: it tells what is no secret and changes nothing.</summary>
    Open,

    /// <summary>A node, by the node token.</summary>
    Node,

    /// <summary>The admin, by name and password.</summary>
    Admin,

    /// <summary>Either of them.</summary>
    NodeOrAdmin,
}
