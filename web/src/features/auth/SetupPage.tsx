import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, toApiError } from '@/api/client';
import { meQuery } from '@/api/session';
import type { Me } from '@/api/types';
import { Button } from '@/ui/button';
import { Field, Input, SecretInput } from '@/ui/field';
import { FormError } from '@/ui/states';
import { AuthLayout } from './AuthLayout';
import { checkPassword } from './password';

/** `/setup`: the first person to open a new installation becomes its owner. */
export function SetupPage() {
  const client = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const me = useQuery(meQuery);
  const [values, setValues] = useState({ name: '', email: '', password: '', projectName: '' });
  const [passwordError, setPasswordError] = useState<string | null>(null);
  const set = (name: keyof typeof values) => (event: React.ChangeEvent<HTMLInputElement>) =>
    setValues((before) => ({ ...before, [name]: event.target.value }));

  useEffect(() => {
    if (me.data) void navigate({ to: '/', replace: true });
    else if (me.error && toApiError(me.error).details['setupRequired'] === false) void navigate({ to: '/login', search: {}, replace: true });
  }, [me.data, me.error, navigate]);

  const setup = useMutation({
    mutationFn: () =>
      api.post<Me>(
        '/auth/setup',
        {
          name: values.name.trim(),
          email: values.email.trim(),
          password: values.password,
          ...(values.projectName.trim() ? { projectName: values.projectName.trim() } : {}),
        },
        { anonymous: true },
      ),
    meta: { shown: true },
    onSuccess: (signedIn) => {
      client.clear();
      client.setQueryData(meQuery.queryKey, signedIn);
      router.history.replace('/');
    },
  });
  const error = setup.error ? toApiError(setup.error) : null;
  const fields = error?.fields ?? {};
  return (
    <AuthLayout title="Set up Patchbay" lead="Create the owner account. It can do everything here and invite the others.">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const weak = checkPassword(values.password);
          setPasswordError(weak);
          if (!weak && !setup.isPending) setup.mutate();
        }}
      >
        <Field label="Your name" error={fields['name']}>
          <Input autoFocus required autoComplete="name" maxLength={100} value={values.name} onChange={set('name')} />
        </Field>
        <Field label="E-mail" error={fields['email']}>
          <Input required type="email" autoComplete="username" value={values.email} onChange={set('email')} />
        </Field>
        <Field label="Password" error={passwordError ?? fields['password']} help="At least 8 characters.">
          <SecretInput required autoComplete="new-password" value={values.password} onChange={set('password')} />
        </Field>
        <Field label="First project" optional error={fields['projectName']} help="Connections and flows live in projects. You can add more later.">
          <Input maxLength={100} placeholder="Operations" autoComplete="off" value={values.projectName} onChange={set('projectName')} />
        </Field>
        {error && Object.keys(fields).length === 0 && <FormError error={error} />}
        <Button type="submit" variant="primary" size="lg" busy={setup.isPending}>
          Create owner account
        </Button>
      </form>
    </AuthLayout>
  );
}
