CREATE OR REPLACE PROCEDURE {table}_replace_views()
AS $$
DECLARE
  one RECORD;
  grants VARCHAR(65535);
  next_grant VARCHAR(65535);
  number INTEGER;
BEGIN
  grants := '';
  FOR one IN
    {grants}
  LOOP
    grants := grants || one.statement || CHR(10);
  END LOOP;
{drops}
{creates}
  number := 1;
  next_grant := SPLIT_PART(grants, CHR(10), number);
  WHILE next_grant <> '' LOOP
    EXECUTE next_grant;
    number := number + 1;
    next_grant := SPLIT_PART(grants, CHR(10), number);
  END LOOP;
  number := number - 1;
  RAISE INFO 'the views of {table} are replaced, % grants on them kept', number;
END;
$$ LANGUAGE plpgsql;
