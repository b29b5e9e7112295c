/* A shared object that is no NIF library. */
int nif_without_anything(void);

int nif_without_anything(void)
{
    return 1;
}
