"""The inbox: what members of a workspace are told inside Naru itself."""
