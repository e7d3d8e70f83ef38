SELECT
      'GRANT ' || privilege_type || ' ON ' || namespace_name || '.' || relation_name || ' TO '
      || CASE identity_type
        WHEN 'public' THEN 'PUBLIC'
        WHEN 'user' THEN QUOTE_IDENT(identity_name)
        ELSE identity_type || ' ' || QUOTE_IDENT(identity_name)
      END AS statement
    FROM svv_relation_privileges
    WHERE namespace_name || '.' || relation_name IN ({views}) OR relation_name IN ({views})
