package audit

// LinkHash lets the manipulation test forge a chain.
var LinkHash = linkHash
