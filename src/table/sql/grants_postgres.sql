SELECT
      'GRANT ' || privilege_type || ' ON ' || table_schema || '.' || table_name || ' TO '
      || CASE grantee WHEN 'PUBLIC' THEN grantee ELSE QUOTE_IDENT(grantee) END AS statement
    FROM information_schema.table_privileges
    WHERE (table_schema || '.' || table_name IN ({views}) OR table_name IN ({views})) AND grantee <> CURRENT_USER
